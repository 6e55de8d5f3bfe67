# The watch under systemd, as the package ships it: a container that runs what its image did not bring
# is told of by name, with a receipt; a watch or a sensor that is killed is back, and nothing of the
# dead one stays attached.
docker_up
cp /cases/units/paratia-watch.service /etc/systemd/system/
systemctl daemon-reload
told() { journalctl -u paratia-watch -o cat | grep -cF "$1" || true; }
watches() { [ "$(told 'note: watching')" -gt "$1" ]; }
systemctl start paratia-watch
wait_until 30 watches 0

# drop NAME: a container of that name, which brings a program of its own.
alerts=/var/lib/paratia/alerts.jsonl
drop() {
  docker run --rm --name "$1" --network none busybox:1 sh -c 'sleep 1; busybox cp /bin/busybox /tmp/busybox; /tmp/busybox true'
  wait_until 20 grep -F "\"container.name\":\"$1\"" $alerts
  jq -e --arg name "$1" 'select(.alert.output_fields["container.name"] == $name) | select(.alert.rule == "Program that the image did not bring")
    | select(.alert.output_fields["container.image.repository"] == "busybox" and .receipt != null) | .receipt' $alerts | head -1 >receipt
  paratia prove "$(cat receipt)" | tee proof
  grep -q 'Critical  Program that the image did not bring' proof
}
drop first

# programs: how many of ours the kernel holds.
main() { systemctl show -p MainPID --value paratia-watch; }
sensor() { pgrep -x paratia-sensor -P "$(main)"; }
programs() { bpftool prog show | grep -cE 'name pt_' || true; }
before=$(programs)
echo "$before programs"
[ "$before" -gt 0 ]

[ -z "$(cat "/proc/$(main)/status" "/proc/$(sensor)/status" | grep -E '^Cap(Eff|Prm):' | grep -v 0000000000000000 || true)" ]
begin=$(date +%s%N)
kill -9 "$(sensor)"
wait_until 30 watches 1
echo "the sensor was killed: watched after $((($(date +%s%N) - begin) / 1000000)) ms"
[ "$(programs)" = "$before" ]
begin=$(date +%s%N)
kill -9 "$(main)"
wait_until 30 watches 2
echo "the watch was killed: watched after $((($(date +%s%N) - begin) / 1000000)) ms"
wait_until 10 eval '[ "$(pgrep -cx paratia-sensor)" = 1 ]'
[ "$(programs)" = "$before" ]
paratia ledger verify
systemctl stop paratia-watch
[ "$(programs)" = 0 ]
journalctl -u paratia-watch -o cat | tail -5
journalctl -u paratia-watch -o cat | grep -E '^[0-9]+ alerts? .* events, '
systemctl stop docker
