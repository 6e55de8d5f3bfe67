package system.health

live := input.plugins_ready

ready := "perhaps"
