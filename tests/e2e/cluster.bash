# A Kubernetes API server with etcd on loopback, for tests of what it asks and answers: admission, RBAC,
# audit. There is no kubelet, scheduler or controller: a pod is an object that never runs. The programs are
# those of tools/peers/kubernetes and Debian's etcd; without them the tests skip.
#
#   setup_file() { cluster_start [FLAG…]; }  teardown_file() { cluster_stop; }  setup() { need_cluster; … }
#
# FLAG is one of kube-apiserver, such as "$CLUSTER_WEBHOOK_CLIENT". A killed run's cluster is ended by the
# next tests/e2e/run.

CLUSTER=${PT_E2E:-/run/pt-e2e/none}/cluster
CLUSTER_BIN=$("$(dirname "${BASH_SOURCE[0]}")/../../tools/peers/kubernetes" --folder)
CLUSTER_VERSION=${CLUSTER_BIN##*/kubernetes-}
CLUSTER_PKI=$CLUSTER/pki                  # NAME.pem and NAME-key.pem of all that follow
CLUSTER_CA=$CLUSTER_PKI/ca.pem            # signed `server` (kube-apiserver) and `webhook` (127.0.0.1, localhost)
CLUSTER_CLIENT_CA=$CLUSTER_PKI/users.pem  # signed `admin`, `plain` and `webhook-client`
# shellcheck disable=SC2034 # for tests
CLUSTER_WEBHOOK_CLIENT=--admission-control-config-file=$CLUSTER/admission.yaml

# need_cluster: skips, with the reason, where none can be started; fails where it should have been.
need_cluster() {
  local missing
  missing=$(cluster_missing)
  [ -z "$missing" ] || skip "$missing"
  [ -f "$CLUSTER/kube-apiserver.pid" ] || { echo "no cluster: cluster_start was not called, or failed"; return 1; }
}

# cluster_missing: what stands in the way of a cluster; nothing if nothing does.
cluster_missing() {
  if [ ! -x "$CLUSTER_BIN/kube-apiserver" ]; then
    echo "no kube-apiserver $CLUSTER_VERSION: tools/peers/kubernetes builds it"
  elif ! command -v etcd >/dev/null; then
    echo "no etcd: install etcd-server"
  fi
}

# cluster_start [FLAG…]: etcd and kube-apiserver, ready. 0 too where need_cluster skips.
cluster_start() {
  [ -z "$(cluster_missing)" ] || return 0
  cluster_stop
  mkdir -p "$CLUSTER_PKI" "$CLUSTER/etcd" && chmod 700 "$CLUSTER" || return 1
  cluster_certificates >"$CLUSTER/openssl.log" 2>&1 || { cat "$CLUSTER/openssl.log"; return 1; }
  cluster_ports >"$CLUSTER/ports" || return 1
  cluster_user admin system:masters && cluster_user plain && cluster_webhook_client || return 1
  if ! { cluster_start_etcd && cluster_start_apiserver "$@"; }; then cluster_stop; return 1; fi
}

# cluster_stop: ends both and removes all.
cluster_stop() {
  cluster_end kube-apiserver
  cluster_end etcd
  rm -rf --one-file-system "$CLUSTER"
}

# cluster_restart_apiserver [FLAG…]: with what etcd holds; with other flags than before if there are any.
cluster_restart_apiserver() {
  cluster_end kube-apiserver
  if [ $# -gt 0 ]; then cluster_start_apiserver "$@"; else
    local flags
    mapfile -t flags <"$CLUSTER/flags"
    cluster_start_apiserver "${flags[@]}"
  fi
}

# cluster_url: where the API server listens.
cluster_url() {
  local peer etcd api
  read -r peer etcd api <"$CLUSTER/ports" && echo "https://127.0.0.1:$api"
}

# kube METHOD PATH [FILE]: as the administrator; prints the answer's body, fails with 22 from status 400 on.
# FILE is JSON or YAML, or - for standard input; with PATCH it is a JSON merge patch.
kube() { kube_as admin "$@"; }

kube_as() { # kube_as USER METHOD PATH [FILE]
  local user=$1 method=$2 path=$3 body=() type=application/yaml # which JSON is too
  [ "$method" != PATCH ] || type=application/merge-patch+json
  [ $# -lt 4 ] || body=(--data-binary "@$4" -H "Content-Type: $type")
  curl -sS --noproxy '*' --max-time 30 --fail-with-body --cacert "$CLUSTER_CA" --cert "$CLUSTER_PKI/$user.pem" \
    --key "$CLUSTER_PKI/$user-key.pem" -X "$method" -H 'Accept: application/json' "${body[@]}" "$(cluster_url)$path"
}

# cluster_apply FILE [USER]: creates what a JSON file holds, or a YAML file with `---` between its documents, in
# block style with apiVersion, kind and metadata.namespace on lines of their own. Stops at the first refusal, with 22.
cluster_apply() {
  local documents part path code=0
  documents=$(mktemp -d "$CLUSTER/apply.XXXX") || return 1
  awk -v d="$documents" '/^---/ {n++; next} {print >(d sprintf("/%03d", n))}' "$1"
  for part in "$documents"/*; do
    grep -q '[^[:space:]]' "$part" || continue
    path=$(cluster_collection "$part") || { code=1; break; }
    kube_as "${2:-admin}" POST "$path" "$part" || { code=$?; break; }
  done
  rm -rf "$documents"
  return $code
}

# cluster_user NAME [GROUP]: a client certificate and $CLUSTER/NAME.kubeconfig.
cluster_user() {
  local url
  url=$(cluster_url) || return 1
  cluster_certificate users "$1" "${2:+/O=$2}" -addext extendedKeyUsage=clientAuth >>"$CLUSTER/openssl.log" 2>&1 || return 1
  cat >"$CLUSTER/$1.kubeconfig" <<EOC
apiVersion: v1
kind: Config
clusters:
- name: pt
  cluster: {server: "$url", certificate-authority: "$CLUSTER_CA"}
users:
- name: $1
  user: {client-certificate: "$CLUSTER_PKI/$1.pem", client-key: "$CLUSTER_PKI/$1-key.pem"}
contexts:
- name: pt
  context: {cluster: pt, user: $1}
current-context: pt
EOC
}

# -- what the functions above are made of ----------------------------------------------------------

cluster_certificate() { # CA NAME [SUBJECT [OPTION…]]: a key and a certificate for two days
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -CA "$CLUSTER_PKI/$1.pem" \
    -CAkey "$CLUSTER_PKI/$1-key.pem" -keyout "$CLUSTER_PKI/$2-key.pem" -out "$CLUSTER_PKI/$2.pem" -subj "${3:-}/CN=$2" \
    -addext basicConstraints=CA:FALSE "${@:4}"
}

cluster_certificates() {
  local ca name
  for ca in ca users; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=pt-$ca" \
      -keyout "$CLUSTER_PKI/$ca-key.pem" -out "$CLUSTER_PKI/$ca.pem" || return 1
  done
  for name in server webhook; do
    cluster_certificate ca $name "" -addext subjectAltName=IP:127.0.0.1,DNS:localhost -addext extendedKeyUsage=serverAuth || return 1
  done
  cluster_certificate users webhook-client "" -addext extendedKeyUsage=clientAuth &&
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$CLUSTER_PKI/accounts-key.pem" &&
    openssl pkey -in "$CLUSTER_PKI/accounts-key.pem" -pubout -out "$CLUSTER_PKI/accounts.pem"
}

# The certificate by which kube-apiserver is known to webhooks, once $CLUSTER_WEBHOOK_CLIENT is a flag.
cluster_webhook_client() {
  local plugin
  {
    printf 'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n'
    for plugin in ValidatingAdmissionWebhook MutatingAdmissionWebhook; do
      printf -- '- name: %s\n  configuration:\n    apiVersion: apiserver.config.k8s.io/v1\n' $plugin
      printf '    kind: WebhookAdmissionConfiguration\n    kubeConfigFile: "%s"\n' "$CLUSTER/webhook-client.kubeconfig"
    done
  } >"$CLUSTER/admission.yaml"
  cat >"$CLUSTER/webhook-client.kubeconfig" <<EOC
apiVersion: v1
kind: Config
users:
- name: '*'
  user: {client-certificate: "$CLUSTER_PKI/webhook-client.pem", client-key: "$CLUSTER_PKI/webhook-client-key.pem"}
EOC
}

cluster_ports() { # three that nobody has: of etcd for its peers and for clients, of kube-apiserver
  python3 -c '
import socket
s = [socket.socket() for _ in range(3)]
for one in s: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in s))'
}

# As root, its data lie on a tmpfs that goes with it: an fsync costs nothing there.
cluster_start_etcd() {
  local peer client api alone=()
  read -r peer client api <"$CLUSTER/ports"
  # shellcheck disable=SC2016
  [ "$(id -u)" != 0 ] ||
    alone=(unshare --mount --propagation private sh -c 'mount -t tmpfs -o size=512m,mode=700 pt-etcd "$0" && exec "$@"' "$CLUSTER/etcd")
  "${alone[@]}" etcd --name pt --data-dir "$CLUSTER/etcd/data" --log-level warn --logger zap \
    --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
    --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "pt=http://127.0.0.1:$peer" >"$CLUSTER/etcd.log" 2>&1 </dev/null 3>&- &
  echo $! >"$CLUSTER/etcd.pid"
  disown
  cluster_wait etcd curl -sf --noproxy '*' --max-time 2 "http://127.0.0.1:$client/health"
}

# Without the plugin ServiceAccount a pod needs no account in its namespace: the controller that makes the
# account "default" in each is not here. The reconciler of endpoints would refuse a loopback address.
cluster_start_apiserver() {
  local peer etcd port pki=$CLUSTER_PKI
  read -r peer etcd port <"$CLUSTER/ports"
  printf '%s\n' "$@" >"$CLUSTER/flags"
  [ $# -gt 0 ] || : >"$CLUSTER/flags"
  "$CLUSTER_BIN/kube-apiserver" --bind-address 127.0.0.1 --secure-port "$port" --advertise-address 127.0.0.1 --external-hostname localhost \
    --endpoint-reconciler-type none --etcd-servers "http://127.0.0.1:$etcd" --tls-cert-file "$pki/server.pem" \
    --tls-private-key-file "$pki/server-key.pem" --client-ca-file "$CLUSTER_CLIENT_CA" --authorization-mode RBAC \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$pki/accounts.pem" \
    --service-account-signing-key-file "$pki/accounts-key.pem" --service-cluster-ip-range 10.96.0.0/24 \
    --disable-admission-plugins ServiceAccount --allow-privileged --profiling=false "$@" \
    >>"$CLUSTER/kube-apiserver.log" 2>&1 </dev/null 3>&- &
  echo $! >"$CLUSTER/kube-apiserver.pid"
  disown
  cluster_wait kube-apiserver kube GET /readyz && cluster_wait kube-apiserver kube GET /api/v1/namespaces/default
}

cluster_wait() { # NAME COMMAND…: until it succeeds, at most a minute, or the program has ended
  local name=$1 pid
  pid=$(cat "$CLUSTER/$name.pid")
  shift
  for _ in $(seq 600); do
    "$@" >/dev/null 2>&1 && return 0
    [ -d "/proc/$pid" ] || break
    sleep 0.1
  done
  echo "$name is not ready:"
  tail -8 "$CLUSTER/$name.log"
  return 1
}

cluster_end() { # NAME: at once; nothing of it is kept
  local pid
  pid=$(cat "$CLUSTER/$1.pid" 2>/dev/null) || return 0
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$1" ] || kill -9 "$pid"
  for _ in $(seq 100); do [ -d "/proc/$pid" ] || break; sleep 0.02; done
  rm -f "$CLUSTER/$1.pid"
}

# cluster_collection FILE: the path where such an object is created, as the server's discovery says.
cluster_collection() {
  local version kind namespace api found
  if jq -e 'type == "object"' "$1" >/dev/null 2>&1; then
    IFS=$'\t' read -r version kind namespace < <(jq -r '[.apiVersion, .kind, .metadata.namespace // ""] | @tsv' "$1")
  else
    version=$(awk '$1 == "apiVersion:" && /^a/ {print $2; exit}' "$1")
    kind=$(awk '$1 == "kind:" && /^k/ {print $2; exit}' "$1")
    namespace=$(awk '/^[a-z]/ {at = $1} at == "metadata:" && /^  namespace:/ {print $2; exit}' "$1")
  fi
  api=/apis/$version
  [[ $version == */* ]] || api=/api/$version
  found=$(kube GET "$api" | jq -r --arg k "$kind" '.resources[] | select(.kind == $k and (.name | contains("/") | not)) | "\(.namespaced) \(.name)"')
  case $found in
    "true "*) echo "$api/namespaces/${namespace:-default}/${found#* }" ;;
    "false "*) echo "$api/${found#* }" ;;
    *) echo "the server knows no $kind of $version" >&2; return 1 ;;
  esac
}
