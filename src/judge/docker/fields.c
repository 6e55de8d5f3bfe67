// The names of the Engine API's requests, as its decoder knows them: what Go's types of the API say
// from 1.24 to 1.56, each struct with its fields, in the order of their folded names. Names that
// differ between versions only in case are the same to the decoder.
// house: table
#include "judge/docker/fields.h"

#define OF(kind_, of_)   {.kind = PT_DOCKER_##kind_, .of = &(of_)}
#define MANY(kind_, of_) {.kind = PT_DOCKER_##kind_, .of = &(of_), .many = true}
#define STRUCT(fields_)  {.kind = PT_DOCKER_STRUCT, .fields = (fields_), .n = PT_COUNT(fields_)}
#define F(name_, type_)  {PT_STR(name_), &(type_)}

static const pt_docker_type any = {.kind = PT_DOCKER_ANY};
static const pt_docker_type flag = {.kind = PT_DOCKER_FLAG};
static const pt_docker_type number = {.kind = PT_DOCKER_NUMBER};
static const pt_docker_type fraction = {.kind = PT_DOCKER_FRACTION};
static const pt_docker_type text = {.kind = PT_DOCKER_TEXT};
static const pt_docker_type words = {.kind = PT_DOCKER_WORDS};
static const pt_docker_type command = MANY(WORDS, text);
static const pt_docker_type list_command = MANY(LIST, text);
static const pt_docker_type list_text = OF(LIST, text);
static const pt_docker_type map_any = OF(MAP, any);
static const pt_docker_type map_ports = MANY(MAP, any);

static const pt_docker_field healthcheck_config_fields[] = {
    F("Interval", number),    F("Retries", number), F("StartInterval", number),
    F("StartPeriod", number), F("Test", list_text), F("Timeout", number)};
static const pt_docker_type healthcheck_config = STRUCT(healthcheck_config_fields);
static const pt_docker_type map_text = OF(MAP, text);

static const pt_docker_field throttle_device_fields[] = {F("Path", text), F("Rate", number)};
static const pt_docker_type throttle_device = STRUCT(throttle_device_fields);
static const pt_docker_type list_throttle_device = OF(LIST, throttle_device);

static const pt_docker_field weight_device_fields[] = {F("Path", text), F("Weight", number)};
static const pt_docker_type weight_device = STRUCT(weight_device_fields);
static const pt_docker_type list_weight_device = OF(LIST, weight_device);
static const pt_docker_type list_number = OF(LIST, number);
static const pt_docker_type list_list_text = OF(LIST, list_text);

static const pt_docker_field device_request_fields[] = {
    F("Capabilities", list_list_text), F("Count", number), F("DeviceIDs", list_text),
    F("Driver", text), F("Options", map_text)};
static const pt_docker_type device_request = STRUCT(device_request_fields);
static const pt_docker_type list_device_request = OF(LIST, device_request);

static const pt_docker_field device_mapping_fields[] = {
    F("CgroupPermissions", text), F("PathInContainer", text), F("PathOnHost", text)};
static const pt_docker_type device_mapping = STRUCT(device_mapping_fields);
static const pt_docker_type list_device_mapping = OF(LIST, device_mapping);

static const pt_docker_field log_config_fields[] = {F("Config", map_text), F("Type", text)};
static const pt_docker_type log_config = STRUCT(log_config_fields);

static const pt_docker_field bind_options_fields[] = {
    F("CreateMountpoint", flag), F("NonRecursive", flag), F("Propagation", text),
    F("ReadOnlyForceRecursive", flag), F("ReadOnlyNonRecursive", flag)};
static const pt_docker_type bind_options = STRUCT(bind_options_fields);

static const pt_docker_field image_options_fields[] = {F("Subpath", text)};
static const pt_docker_type image_options = STRUCT(image_options_fields);

static const pt_docker_field tmpfs_options_fields[] = {
    F("Mode", number), F("Options", list_list_text), F("SizeBytes", number)};
static const pt_docker_type tmpfs_options = STRUCT(tmpfs_options_fields);

static const pt_docker_field driver_fields[] = {F("Name", text), F("Options", map_text)};
static const pt_docker_type driver = STRUCT(driver_fields);

static const pt_docker_field volume_options_fields[] = {
    F("DriverConfig", driver), F("Labels", map_text), F("NoCopy", flag), F("Subpath", text)};
static const pt_docker_type volume_options = STRUCT(volume_options_fields);

static const pt_docker_field mount_fields[] = {F("BindOptions", bind_options),
                                               F("ClusterOptions", any),
                                               F("Consistency", text),
                                               F("ImageOptions", image_options),
                                               F("ReadOnly", flag),
                                               F("Source", text),
                                               F("Target", text),
                                               F("TmpfsOptions", tmpfs_options),
                                               F("Type", text),
                                               F("VolumeOptions", volume_options)};
static const pt_docker_type mount = STRUCT(mount_fields);
static const pt_docker_type list_mount = OF(LIST, mount);

static const pt_docker_field port_binding_fields[] = {F("HostIp", text), F("HostPort", text)};
static const pt_docker_type port_binding = STRUCT(port_binding_fields);
static const pt_docker_type list_port_binding = OF(LIST, port_binding);
static const pt_docker_type map_list_port_binding = MANY(MAP, list_port_binding);

static const pt_docker_field restart_policy_fields[] = {F("MaximumRetryCount", number),
                                                        F("Name", text)};
static const pt_docker_type restart_policy = STRUCT(restart_policy_fields);

static const pt_docker_field ulimit_fields[] = {F("Hard", number), F("Name", text),
                                                F("Soft", number)};
static const pt_docker_type ulimit = STRUCT(ulimit_fields);
static const pt_docker_type list_ulimit = OF(LIST, ulimit);

static const pt_docker_field host_config_fields[] = {
    F("Annotations", map_text),
    F("AutoRemove", flag),
    F("Binds", list_text),
    F("BlkioDeviceReadBps", list_throttle_device),
    F("BlkioDeviceReadIOps", list_throttle_device),
    F("BlkioDeviceWriteBps", list_throttle_device),
    F("BlkioDeviceWriteIOps", list_throttle_device),
    F("BlkioWeight", number),
    F("BlkioWeightDevice", list_weight_device),
    F("Capabilities", list_text),
    F("CapAdd", words),
    F("CapDrop", words),
    F("Cgroup", text),
    F("CgroupnsMode", text),
    F("CgroupParent", text),
    F("ConsoleSize", list_number),
    F("ContainerIDFile", text),
    F("CpuCount", number),
    F("CpuPercent", number),
    F("CpuPeriod", number),
    F("CpuQuota", number),
    F("CpuRealtimePeriod", number),
    F("CpuRealtimeRuntime", number),
    F("CpusetCpus", text),
    F("CpusetMems", text),
    F("CpuShares", number),
    F("DeviceCgroupRules", list_text),
    F("DeviceRequests", list_device_request),
    F("Devices", list_device_mapping),
    F("Dns", list_text),
    F("DnsOptions", list_text),
    F("DnsSearch", list_text),
    F("ExtraHosts", list_text),
    F("GroupAdd", list_text),
    F("Init", flag),
    F("IOMaximumBandwidth", number),
    F("IOMaximumIOps", number),
    F("IpcMode", text),
    F("Isolation", text),
    F("KernelMemory", number),
    F("KernelMemoryTCP", number),
    F("Links", list_text),
    F("LogConfig", log_config),
    F("MaskedPaths", list_text),
    F("Memory", number),
    F("MemoryReservation", number),
    F("MemorySwap", number),
    F("MemorySwappiness", number),
    F("Mounts", list_mount),
    F("NanoCpus", number),
    F("NetworkMode", text),
    F("OomKillDisable", flag),
    F("OomScoreAdj", number),
    F("PidMode", text),
    F("PidsLimit", number),
    F("PortBindings", map_list_port_binding),
    F("Privileged", flag),
    F("PublishAllPorts", flag),
    F("ReadonlyPaths", list_text),
    F("ReadonlyRootfs", flag),
    F("RestartPolicy", restart_policy),
    F("Runtime", text),
    F("SecurityOpt", list_text),
    F("ShmSize", number),
    F("StorageOpt", map_text),
    F("Sysctls", map_text),
    F("Tmpfs", map_text),
    F("Ulimits", list_ulimit),
    F("Umask", number),
    F("UsernsMode", text),
    F("UTSMode", text),
    F("VolumeDriver", text),
    F("VolumesFrom", list_text)};
static const pt_docker_type host_config = STRUCT(host_config_fields);

static const pt_docker_field endpoint_ipamconfig_fields[] = {
    F("IPv4Address", text), F("IPv6Address", text), F("LinkLocalIPs", list_text)};
static const pt_docker_type endpoint_ipamconfig = STRUCT(endpoint_ipamconfig_fields);

static const pt_docker_field endpoint_settings_fields[] = {F("Aliases", list_text),
                                                           F("DNSNames", list_text),
                                                           F("DriverOpts", map_text),
                                                           F("EndpointID", text),
                                                           F("Gateway", text),
                                                           F("GlobalIPv6Address", text),
                                                           F("GlobalIPv6PrefixLen", number),
                                                           F("GwPriority", number),
                                                           F("IPAddress", text),
                                                           F("IPAMConfig", endpoint_ipamconfig),
                                                           F("IPPrefixLen", number),
                                                           F("IPv6Gateway", text),
                                                           F("Links", list_text),
                                                           F("MacAddress", text),
                                                           F("NetworkID", text)};
static const pt_docker_type endpoint_settings = STRUCT(endpoint_settings_fields);
static const pt_docker_type map_endpoint_settings = OF(MAP, endpoint_settings);

static const pt_docker_field networking_config_fields[] = {
    F("EndpointsConfig", map_endpoint_settings)};
static const pt_docker_type networking_config = STRUCT(networking_config_fields);

static const pt_docker_field create_request_fields[] = {F("ArgsEscaped", flag),
                                                        F("AttachStderr", flag),
                                                        F("AttachStdin", flag),
                                                        F("AttachStdout", flag),
                                                        F("Cmd", command),
                                                        F("Cpuset", text),
                                                        F("Domainname", text),
                                                        F("Entrypoint", command),
                                                        F("Env", list_text),
                                                        F("ExposedPorts", map_ports),
                                                        F("Healthcheck", healthcheck_config),
                                                        F("HostConfig", host_config),
                                                        F("Hostname", text),
                                                        F("Image", text),
                                                        F("Labels", map_text),
                                                        F("MacAddress", text),
                                                        F("NetworkDisabled", flag),
                                                        F("NetworkingConfig", networking_config),
                                                        F("OnBuild", list_text),
                                                        F("OpenStdin", flag),
                                                        F("Shell", command),
                                                        F("StdinOnce", flag),
                                                        F("StopSignal", text),
                                                        F("StopTimeout", number),
                                                        F("Tty", flag),
                                                        F("User", text),
                                                        F("Volumes", map_any),
                                                        F("WorkingDir", text)};
static const pt_docker_type create_request = STRUCT(create_request_fields);

static const pt_docker_field update_config_fields[] = {
    F("BlkioDeviceReadBps", list_throttle_device),
    F("BlkioDeviceReadIOps", list_throttle_device),
    F("BlkioDeviceWriteBps", list_throttle_device),
    F("BlkioDeviceWriteIOps", list_throttle_device),
    F("BlkioWeight", number),
    F("BlkioWeightDevice", list_weight_device),
    F("CgroupParent", text),
    F("CpuCount", number),
    F("CpuPercent", number),
    F("CpuPeriod", number),
    F("CpuQuota", number),
    F("CpuRealtimePeriod", number),
    F("CpuRealtimeRuntime", number),
    F("CpusetCpus", text),
    F("CpusetMems", text),
    F("CpuShares", number),
    F("DeviceCgroupRules", list_text),
    F("DeviceRequests", list_device_request),
    F("Devices", list_device_mapping),
    F("IOMaximumBandwidth", number),
    F("IOMaximumIOps", number),
    F("KernelMemory", number),
    F("KernelMemoryTCP", number),
    F("Memory", number),
    F("MemoryReservation", number),
    F("MemorySwap", number),
    F("MemorySwappiness", number),
    F("NanoCpus", number),
    F("OomKillDisable", flag),
    F("PidsLimit", number),
    F("RestartPolicy", restart_policy),
    F("Ulimits", list_ulimit)};
static const pt_docker_type update_config = STRUCT(update_config_fields);

static const pt_docker_field config_fields[] = {F("ArgsEscaped", flag),
                                                F("AttachStderr", flag),
                                                F("AttachStdin", flag),
                                                F("AttachStdout", flag),
                                                F("Cmd", command),
                                                F("Domainname", text),
                                                F("Entrypoint", command),
                                                F("Env", list_text),
                                                F("ExposedPorts", map_ports),
                                                F("Healthcheck", healthcheck_config),
                                                F("Hostname", text),
                                                F("Image", text),
                                                F("Labels", map_text),
                                                F("MacAddress", text),
                                                F("NetworkDisabled", flag),
                                                F("OnBuild", list_text),
                                                F("OpenStdin", flag),
                                                F("Shell", command),
                                                F("StdinOnce", flag),
                                                F("StopSignal", text),
                                                F("StopTimeout", number),
                                                F("Tty", flag),
                                                F("User", text),
                                                F("Volumes", map_any),
                                                F("WorkingDir", text)};
static const pt_docker_type config = STRUCT(config_fields);

static const pt_docker_field exec_create_request_fields[] = {F("AttachStderr", flag),
                                                             F("AttachStdin", flag),
                                                             F("AttachStdout", flag),
                                                             F("Cmd", list_command),
                                                             F("ConsoleSize", list_number),
                                                             F("Detach", flag),
                                                             F("DetachKeys", text),
                                                             F("Env", list_text),
                                                             F("Privileged", flag),
                                                             F("Tty", flag),
                                                             F("User", text),
                                                             F("WorkingDir", text)};
static const pt_docker_type exec_create_request = STRUCT(exec_create_request_fields);

static const pt_docker_field exec_start_request_fields[] = {F("ConsoleSize", list_number),
                                                            F("Detach", flag), F("Tty", flag)};
static const pt_docker_type exec_start_request = STRUCT(exec_start_request_fields);

static const pt_docker_field config_reference_fields[] = {F("Network", text)};
static const pt_docker_type config_reference = STRUCT(config_reference_fields);

static const pt_docker_field ipamconfig_fields[] = {
    F("AuxiliaryAddresses", map_text), F("Gateway", text), F("IPRange", text), F("Subnet", text)};
static const pt_docker_type ipamconfig = STRUCT(ipamconfig_fields);
static const pt_docker_type list_ipamconfig = OF(LIST, ipamconfig);

static const pt_docker_field ipam_fields[] = {F("Config", list_ipamconfig), F("Driver", text),
                                              F("Options", map_text)};
static const pt_docker_type ipam = STRUCT(ipam_fields);

static const pt_docker_field network_create_request_fields[] = {
    F("Attachable", flag),  F("CheckDuplicate", flag), F("ConfigFrom", config_reference),
    F("ConfigOnly", flag),  F("Driver", text),         F("EnableIPv4", flag),
    F("EnableIPv6", flag),  F("Ingress", flag),        F("Internal", flag),
    F("IPAM", ipam),        F("Labels", map_text),     F("Name", text),
    F("Options", map_text), F("Scope", text)};
static const pt_docker_type network_create_request = STRUCT(network_create_request_fields);

static const pt_docker_field connect_request_fields[] = {F("Container", text),
                                                         F("EndpointConfig", endpoint_settings)};
static const pt_docker_type connect_request = STRUCT(connect_request_fields);

static const pt_docker_field disconnect_request_fields[] = {F("Container", text), F("Force", flag)};
static const pt_docker_type disconnect_request = STRUCT(disconnect_request_fields);

static const pt_docker_field type_mount_fields[] = {F("FsType", text), F("MountFlags", list_text)};
static const pt_docker_type type_mount = STRUCT(type_mount_fields);

static const pt_docker_field access_mode_fields[] = {
    F("BlockVolume", any), F("MountVolume", type_mount), F("Scope", text), F("Sharing", text)};
static const pt_docker_type access_mode = STRUCT(access_mode_fields);

static const pt_docker_field topology_fields[] = {F("Segments", map_text)};
static const pt_docker_type topology = STRUCT(topology_fields);
static const pt_docker_type list_topology = OF(LIST, topology);

static const pt_docker_field topology_requirement_fields[] = {F("Preferred", list_topology),
                                                              F("Requisite", list_topology)};
static const pt_docker_type topology_requirement = STRUCT(topology_requirement_fields);

static const pt_docker_field capacity_range_fields[] = {F("LimitBytes", number),
                                                        F("RequiredBytes", number)};
static const pt_docker_type capacity_range = STRUCT(capacity_range_fields);

static const pt_docker_field secret_fields[] = {F("Key", text), F("Secret", text)};
static const pt_docker_type secret = STRUCT(secret_fields);
static const pt_docker_type list_secret = OF(LIST, secret);

static const pt_docker_field cluster_volume_spec_fields[] = {
    F("AccessibilityRequirements", topology_requirement),
    F("AccessMode", access_mode),
    F("Availability", text),
    F("CapacityRange", capacity_range),
    F("Group", text),
    F("Secrets", list_secret)};
static const pt_docker_type cluster_volume_spec = STRUCT(cluster_volume_spec_fields);

static const pt_docker_field volume_create_request_fields[] = {
    F("ClusterVolumeSpec", cluster_volume_spec), F("Driver", text), F("DriverOpts", map_text),
    F("Labels", map_text), F("Name", text)};
static const pt_docker_type volume_create_request = STRUCT(volume_create_request_fields);

static const pt_docker_field volume_update_fields[] = {F("Spec", cluster_volume_spec)};
static const pt_docker_type volume_update = STRUCT(volume_update_fields);

static const pt_docker_field external_ca_fields[] = {F("CACert", text), F("Options", map_text),
                                                     F("Protocol", text), F("URL", text)};
static const pt_docker_type external_ca = STRUCT(external_ca_fields);
static const pt_docker_type list_external_ca = OF(LIST, external_ca);

static const pt_docker_field caconfig_fields[] = {
    F("ExternalCAs", list_external_ca), F("ForceRotate", number), F("NodeCertExpiry", number),
    F("SigningCACert", text), F("SigningCAKey", text)};
static const pt_docker_type caconfig = STRUCT(caconfig_fields);

static const pt_docker_field dispatcher_config_fields[] = {F("HeartbeatPeriod", number)};
static const pt_docker_type dispatcher_config = STRUCT(dispatcher_config_fields);

static const pt_docker_field encryption_config_fields[] = {F("AutoLockManagers", flag)};
static const pt_docker_type encryption_config = STRUCT(encryption_config_fields);

static const pt_docker_field orchestration_config_fields[] = {
    F("TaskHistoryRetentionLimit", number)};
static const pt_docker_type orchestration_config = STRUCT(orchestration_config_fields);

static const pt_docker_field raft_config_fields[] = {
    F("ElectionTick", number), F("HeartbeatTick", number), F("KeepOldSnapshots", number),
    F("LogEntriesForSlowFollowers", number), F("SnapshotInterval", number)};
static const pt_docker_type raft_config = STRUCT(raft_config_fields);

static const pt_docker_field swarm_driver_fields[] = {F("Name", text), F("Options", map_text)};
static const pt_docker_type swarm_driver = STRUCT(swarm_driver_fields);

static const pt_docker_field task_defaults_fields[] = {F("LogDriver", swarm_driver)};
static const pt_docker_type task_defaults = STRUCT(task_defaults_fields);

static const pt_docker_field spec_fields[] = {F("CAConfig", caconfig),
                                              F("Dispatcher", dispatcher_config),
                                              F("EncryptionConfig", encryption_config),
                                              F("Labels", map_text),
                                              F("Name", text),
                                              F("Orchestration", orchestration_config),
                                              F("Raft", raft_config),
                                              F("TaskDefaults", task_defaults)};
static const pt_docker_type spec = STRUCT(spec_fields);

static const pt_docker_field init_request_fields[] = {
    F("AdvertiseAddr", text),   F("AutoLockManagers", flag), F("Availability", text),
    F("DataPathAddr", text),    F("DataPathPort", number),   F("DefaultAddrPool", list_text),
    F("ForceNewCluster", flag), F("ListenAddr", text),       F("Spec", spec),
    F("SubnetSize", number)};
static const pt_docker_type init_request = STRUCT(init_request_fields);

static const pt_docker_field join_request_fields[] = {
    F("AdvertiseAddr", text), F("Availability", text), F("DataPathAddr", text),
    F("JoinToken", text),     F("ListenAddr", text),   F("RemoteAddrs", list_text)};
static const pt_docker_type join_request = STRUCT(join_request_fields);

static const pt_docker_field unlock_request_fields[] = {F("UnlockKey", text)};
static const pt_docker_type unlock_request = STRUCT(unlock_request_fields);

static const pt_docker_field port_config_fields[] = {
    F("Name", text), F("Protocol", text), F("PublishedPort", number), F("PublishMode", text),
    F("TargetPort", number)};
static const pt_docker_type port_config = STRUCT(port_config_fields);
static const pt_docker_type list_port_config = OF(LIST, port_config);

static const pt_docker_field endpoint_spec_fields[] = {F("Mode", text),
                                                       F("Ports", list_port_config)};
static const pt_docker_type endpoint_spec = STRUCT(endpoint_spec_fields);

static const pt_docker_field replicated_service_fields[] = {F("Replicas", number)};
static const pt_docker_type replicated_service = STRUCT(replicated_service_fields);

static const pt_docker_field replicated_job_fields[] = {F("MaxConcurrent", number),
                                                        F("TotalCompletions", number)};
static const pt_docker_type replicated_job = STRUCT(replicated_job_fields);

static const pt_docker_field service_mode_fields[] = {F("Global", any), F("GlobalJob", any),
                                                      F("Replicated", replicated_service),
                                                      F("ReplicatedJob", replicated_job)};
static const pt_docker_type service_mode = STRUCT(service_mode_fields);

static const pt_docker_field swarm_update_config_fields[] = {
    F("Delay", number),   F("FailureAction", text), F("MaxFailureRatio", fraction),
    F("Monitor", number), F("Order", text),         F("Parallelism", number)};
static const pt_docker_type swarm_update_config = STRUCT(swarm_update_config_fields);

static const pt_docker_field config_reference_file_target_fields[] = {
    F("GID", text), F("Mode", number), F("Name", text), F("UID", text)};
static const pt_docker_type config_reference_file_target =
    STRUCT(config_reference_file_target_fields);

static const pt_docker_field swarm_config_reference_fields[] = {
    F("ConfigID", text), F("ConfigName", text), F("File", config_reference_file_target),
    F("Runtime", any)};
static const pt_docker_type swarm_config_reference = STRUCT(swarm_config_reference_fields);
static const pt_docker_type list_swarm_config_reference = OF(LIST, swarm_config_reference);

static const pt_docker_field dnsconfig_fields[] = {F("Nameservers", list_text),
                                                   F("Options", list_text), F("Search", list_text)};
static const pt_docker_type dnsconfig = STRUCT(dnsconfig_fields);

static const pt_docker_field app_armor_opts_fields[] = {F("Mode", text)};
static const pt_docker_type app_armor_opts = STRUCT(app_armor_opts_fields);

static const pt_docker_field credential_spec_fields[] = {F("Config", text), F("File", text),
                                                         F("Registry", text)};
static const pt_docker_type credential_spec = STRUCT(credential_spec_fields);

static const pt_docker_field selinux_context_fields[] = {
    F("Disable", flag), F("Level", text), F("Role", text), F("Type", text), F("User", text)};
static const pt_docker_type selinux_context = STRUCT(selinux_context_fields);

static const pt_docker_field seccomp_opts_fields[] = {F("Mode", text), F("Profile", text)};
static const pt_docker_type seccomp_opts = STRUCT(seccomp_opts_fields);

static const pt_docker_field privileges_fields[] = {
    F("AppArmor", app_armor_opts), F("CredentialSpec", credential_spec), F("NoNewPrivileges", flag),
    F("Seccomp", seccomp_opts), F("SELinuxContext", selinux_context)};
static const pt_docker_type privileges = STRUCT(privileges_fields);

static const pt_docker_field secret_reference_file_target_fields[] = {
    F("GID", text), F("Mode", number), F("Name", text), F("UID", text)};
static const pt_docker_type secret_reference_file_target =
    STRUCT(secret_reference_file_target_fields);

static const pt_docker_field secret_reference_fields[] = {
    F("File", secret_reference_file_target), F("SecretID", text), F("SecretName", text)};
static const pt_docker_type secret_reference = STRUCT(secret_reference_fields);
static const pt_docker_type list_secret_reference = OF(LIST, secret_reference);

static const pt_docker_field container_spec_fields[] = {F("Args", list_command),
                                                        F("CapabilityAdd", list_text),
                                                        F("CapabilityDrop", list_text),
                                                        F("Command", list_command),
                                                        F("Configs", list_swarm_config_reference),
                                                        F("Dir", text),
                                                        F("DNSConfig", dnsconfig),
                                                        F("Env", list_text),
                                                        F("Groups", list_text),
                                                        F("Healthcheck", healthcheck_config),
                                                        F("Hostname", text),
                                                        F("Hosts", list_text),
                                                        F("Image", text),
                                                        F("Init", flag),
                                                        F("Isolation", text),
                                                        F("Labels", map_text),
                                                        F("Mounts", list_mount),
                                                        F("OomScoreAdj", number),
                                                        F("OpenStdin", flag),
                                                        F("Privileges", privileges),
                                                        F("ReadOnly", flag),
                                                        F("Secrets", list_secret_reference),
                                                        F("StopGracePeriod", number),
                                                        F("StopSignal", text),
                                                        F("Sysctls", map_text),
                                                        F("TTY", flag),
                                                        F("Ulimits", list_ulimit),
                                                        F("User", text)};
static const pt_docker_type container_spec = STRUCT(container_spec_fields);

static const pt_docker_field network_attachment_spec_fields[] = {F("ContainerID", text)};
static const pt_docker_type network_attachment_spec = STRUCT(network_attachment_spec_fields);

static const pt_docker_field network_attachment_config_fields[] = {
    F("Aliases", list_text), F("DriverOpts", map_text), F("Target", text)};
static const pt_docker_type network_attachment_config = STRUCT(network_attachment_config_fields);
static const pt_docker_type list_network_attachment_config = OF(LIST, network_attachment_config);

static const pt_docker_field platform_fields[] = {F("Architecture", text), F("OS", text)};
static const pt_docker_type platform = STRUCT(platform_fields);
static const pt_docker_type list_platform = OF(LIST, platform);

static const pt_docker_field spread_over_fields[] = {F("SpreadDescriptor", text)};
static const pt_docker_type spread_over = STRUCT(spread_over_fields);

static const pt_docker_field placement_preference_fields[] = {F("Spread", spread_over)};
static const pt_docker_type placement_preference = STRUCT(placement_preference_fields);
static const pt_docker_type list_placement_preference = OF(LIST, placement_preference);

static const pt_docker_field placement_fields[] = {
    F("Constraints", list_text), F("MaxReplicas", number), F("Platforms", list_platform),
    F("Preferences", list_placement_preference)};
static const pt_docker_type placement = STRUCT(placement_fields);

static const pt_docker_field runtime_privilege_fields[] = {F("description", text), F("name", text),
                                                           F("value", list_text)};
static const pt_docker_type runtime_privilege = STRUCT(runtime_privilege_fields);
static const pt_docker_type list_runtime_privilege = OF(LIST, runtime_privilege);

static const pt_docker_field runtime_spec_fields[] = {
    F("disabled", flag), F("env", list_text), F("name", text),
    F("privileges", list_runtime_privilege), F("remote", text)};
static const pt_docker_type runtime_spec = STRUCT(runtime_spec_fields);

static const pt_docker_field limit_fields[] = {F("MemoryBytes", number), F("NanoCPUs", number),
                                               F("Pids", number)};
static const pt_docker_type limit = STRUCT(limit_fields);

static const pt_docker_field discrete_generic_resource_fields[] = {F("Kind", text),
                                                                   F("Value", number)};
static const pt_docker_type discrete_generic_resource = STRUCT(discrete_generic_resource_fields);

static const pt_docker_field named_generic_resource_fields[] = {F("Kind", text), F("Value", text)};
static const pt_docker_type named_generic_resource = STRUCT(named_generic_resource_fields);

static const pt_docker_field generic_resource_fields[] = {
    F("DiscreteResourceSpec", discrete_generic_resource),
    F("NamedResourceSpec", named_generic_resource)};
static const pt_docker_type generic_resource = STRUCT(generic_resource_fields);
static const pt_docker_type list_generic_resource = OF(LIST, generic_resource);

static const pt_docker_field resources_fields[] = {F("GenericResources", list_generic_resource),
                                                   F("MemoryBytes", number), F("NanoCPUs", number)};
static const pt_docker_type resources = STRUCT(resources_fields);

static const pt_docker_field resource_requirements_fields[] = {
    F("Limits", limit), F("MemorySwappiness", number), F("Reservations", resources),
    F("SwapBytes", number)};
static const pt_docker_type resource_requirements = STRUCT(resource_requirements_fields);

static const pt_docker_field swarm_restart_policy_fields[] = {
    F("Condition", text), F("Delay", number), F("MaxAttempts", number), F("Window", number)};
static const pt_docker_type swarm_restart_policy = STRUCT(swarm_restart_policy_fields);

static const pt_docker_field task_spec_fields[] = {
    F("ContainerSpec", container_spec),
    F("ForceUpdate", number),
    F("LogDriver", swarm_driver),
    F("NetworkAttachmentSpec", network_attachment_spec),
    F("Networks", list_network_attachment_config),
    F("Placement", placement),
    F("PluginSpec", runtime_spec),
    F("Resources", resource_requirements),
    F("RestartPolicy", swarm_restart_policy),
    F("Runtime", text)};
static const pt_docker_type task_spec = STRUCT(task_spec_fields);

static const pt_docker_field swarm_network_attachment_config_fields[] = {
    F("Aliases", list_text), F("DriverOpts", map_text), F("Target", text)};
static const pt_docker_type swarm_network_attachment_config =
    STRUCT(swarm_network_attachment_config_fields);
static const pt_docker_type list_swarm_network_attachment_config =
    OF(LIST, swarm_network_attachment_config);

static const pt_docker_field service_spec_fields[] = {
    F("EndpointSpec", endpoint_spec),
    F("Labels", map_text),
    F("Mode", service_mode),
    F("Name", text),
    F("Networks", list_swarm_network_attachment_config),
    F("RollbackConfig", swarm_update_config),
    F("TaskTemplate", task_spec),
    F("UpdateConfig", swarm_update_config)};
static const pt_docker_type service_spec = STRUCT(service_spec_fields);

static const pt_docker_field node_spec_fields[] = {F("Availability", text), F("Labels", map_text),
                                                   F("Name", text), F("Role", text)};
static const pt_docker_type node_spec = STRUCT(node_spec_fields);

static const pt_docker_field secret_spec_fields[] = {F("Data", text), F("Driver", swarm_driver),
                                                     F("Labels", map_text), F("Name", text),
                                                     F("Templating", swarm_driver)};
static const pt_docker_type secret_spec = STRUCT(secret_spec_fields);

static const pt_docker_field config_spec_fields[] = {
    F("Data", text), F("Labels", map_text), F("Name", text), F("Templating", swarm_driver)};
static const pt_docker_type config_spec = STRUCT(config_spec_fields);

static const pt_docker_field privilege_fields[] = {F("Description", text), F("Name", text),
                                                   F("Value", list_text)};
static const pt_docker_type privilege = STRUCT(privilege_fields);
static const pt_docker_type list_privilege = OF(LIST, privilege);

static const pt_docker_field checkpoint_create_request_fields[] = {
    F("CheckpointDir", text), F("CheckpointID", text), F("Exit", flag)};
static const pt_docker_type checkpoint_create_request = STRUCT(checkpoint_create_request_fields);

const pt_docker_type *const pt_docker_types[PT_DOCKER_TYPE_COUNT] = {
    [PT_DOCKER_TYPE_CREATE] = &create_request,
    [PT_DOCKER_TYPE_UPDATE] = &update_config,
    [PT_DOCKER_TYPE_COMMIT] = &config,
    [PT_DOCKER_TYPE_EXEC] = &exec_create_request,
    [PT_DOCKER_TYPE_EXEC_START] = &exec_start_request,
    [PT_DOCKER_TYPE_NETWORK] = &network_create_request,
    [PT_DOCKER_TYPE_CONNECT] = &connect_request,
    [PT_DOCKER_TYPE_DISCONNECT] = &disconnect_request,
    [PT_DOCKER_TYPE_VOLUME] = &volume_create_request,
    [PT_DOCKER_TYPE_VOLUME_UPDATE] = &volume_update,
    [PT_DOCKER_TYPE_SWARM_INIT] = &init_request,
    [PT_DOCKER_TYPE_SWARM_JOIN] = &join_request,
    [PT_DOCKER_TYPE_SWARM_UPDATE] = &spec,
    [PT_DOCKER_TYPE_SWARM_UNLOCK] = &unlock_request,
    [PT_DOCKER_TYPE_SERVICE] = &service_spec,
    [PT_DOCKER_TYPE_NODE] = &node_spec,
    [PT_DOCKER_TYPE_SECRET] = &secret_spec,
    [PT_DOCKER_TYPE_CONFIG] = &config_spec,
    [PT_DOCKER_TYPE_PRIVILEGES] = &list_privilege,
    [PT_DOCKER_TYPE_PLUGIN_SET] = &list_text,
    [PT_DOCKER_TYPE_CHECKPOINT] = &checkpoint_create_request,
    [PT_DOCKER_TYPE_HOST_CONFIG] = &host_config,
};
