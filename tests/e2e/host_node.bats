load lib

# kubeadm_root DIR: what kubeadm and the packages of Kubernetes leave on a control plane's node.
kubeadm_root() {
  small_root "$1"
  mkdir -p "$1"/{etc/kubernetes/manifests,etc/kubernetes/pki/etcd,var/lib/kubelet/pki,var/lib/etcd,etc/cni/net.d,etc/default}
  mkdir -p "$1/usr/lib/systemd/system/kubelet.service.d"
  printf '[Unit]\nDescription=kubelet\n[Service]\nExecStart=/usr/bin/kubelet\n' >"$1/usr/lib/systemd/system/kubelet.service"
  cat >"$1/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf" <<'EOF'
# Note: This dropin only works with kubeadm and kubelet v1.11+
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
EOF
  echo 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"' >"$1/var/lib/kubelet/kubeadm-flags.env"
  cat >"$1/var/lib/kubelet/config.yaml" <<'EOF'
apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous: {enabled: false}
  webhook: {cacheTTL: 0s, enabled: true}
  x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}
authorization: {mode: Webhook}
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
streamingConnectionIdleTimeout: 0s
EOF
  local name file
  for name in kube-apiserver kube-controller-manager kube-scheduler etcd; do
    printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec:\n  containers:\n  - name: %s\n    command:\n    - %s\n' $name $name $name >"$1/etc/kubernetes/manifests/$name.yaml"
  done
  printf '    - --%s\n' authorization-mode=Node,RBAC client-ca-file=/etc/kubernetes/pki/ca.crt enable-admission-plugins=NodeRestriction \
    etcd-cafile=/a etcd-certfile=/b etcd-keyfile=/c >>"$1/etc/kubernetes/manifests/kube-apiserver.yaml"
  printf '    - --%s\n' bind-address=127.0.0.1 use-service-account-credentials=true >>"$1/etc/kubernetes/manifests/kube-controller-manager.yaml"
  printf '    - --%s\n' bind-address=127.0.0.1 >>"$1/etc/kubernetes/manifests/kube-scheduler.yaml"
  printf '    - --%s\n' client-cert-auth=true peer-client-cert-auth=true trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt data-dir=/var/lib/etcd >>"$1/etc/kubernetes/manifests/etcd.yaml"
  cat >>"$1/etc/kubernetes/manifests/etcd.yaml" <<'EOF'
    volumeMounts: [{mountPath: /var/lib/etcd, name: etcd-data}]
  volumes: [{hostPath: {path: /var/lib/etcd}, name: etcd-data}]
EOF
  chmod 600 "$1"/etc/kubernetes/manifests/*
  chmod 700 "$1/var/lib/etcd"
  : >"$1/etc/kubernetes/pki/ca.crt"
  for file in admin.conf kubelet.conf pki/ca.key; do (umask 077 && : >"$1/etc/kubernetes/$file"); done
}
ask() { run "$PARATIA" audit --no-record --root root --all --only PT-NODE,PT-KUBE; }

@test "a node of kubeadm is judged whole, by what counts" {
  [ "$(id -u)" = 0 ] || skip "needs root: fixtures belong to root"
  kubeadm_root root
  ask
  hasnt "not evaluated  fixture"
  line pass PT-NODE-ANON
  line pass PT-NODE-AUTHZ
  line pass PT-NODE-READ-ONLY "readOnlyPort = 0"
  line pass PT-NODE-IDLE 4h # in a file 0s means the default
  line pass PT-NODE-CREDENTIALS
  line pass PT-KUBE-AUTHZ "Node, RBAC"
  line pass PT-KUBE-ETCD-AUTH
  line pass PT-KUBE-ETCD-CA
  line pass PT-KUBE-ETCD-DATA
  line pass PT-KUBE-CM-BIND
  line fail PT-KUBE-ENCRYPT "is unset"
  line fail PT-KUBE-AUDIT
  # A flag in the packages' own place for them counts over the file.
  echo 'KUBELET_EXTRA_ARGS="--anonymous-auth=true --read-only-port 10255"' >root/etc/default/kubelet
  ask
  line critical fail PT-NODE-ANON
  line high fail PT-NODE-READ-ONLY "readOnlyPort = 10255"
  run "$PARATIA" audit --no-record --root root --only PT-NODE-READ-ONLY --json -
  has "/usr/lib/systemd/system/kubelet.service"
}

@test "a broken file of a node makes its checks not evaluated, not failed" {
  kubeadm_root root
  printf 'a: [\n' >root/var/lib/kubelet/config.yaml
  ask
  line "not evaluated" PT-NODE-ANON "/var/lib/kubelet/config.yaml, line"
  hasnt "fail  fixture  PT-NODE-A"
  kubeadm_root root
  printf 'a: [\n' >root/etc/kubernetes/manifests/etcd.yaml
  ask
  line "not evaluated" PT-KUBE-ETCD-AUTH "etcd.yaml, line"
  line pass PT-KUBE-AUTHZ
}

@test "k3s keeps its flags to itself, and is not judged by their absence" {
  small_root root
  mkdir -p root/var/lib/rancher/k3s/{server,agent/etc/kubelet.conf.d}
  ask
  line "not evaluated" PT-KUBE-ANON "k3s runs kube-apiserver within itself"
  line "not applicable" PT-KUBE-ETCD-AUTH
  line critical fail PT-NODE-ANON # drop-ins alone leave the old defaults
  printf 'authentication: {anonymous: {enabled: false}}\n' >root/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/00-k3s-defaults.conf
  ask
  line critical pass PT-NODE-ANON
  mkdir -p root/etc/rancher/k3s
  echo 'kubelet-arg: [anonymous-auth=true]' >root/etc/rancher/k3s/config.yaml
  ask
  line "not evaluated" PT-NODE-ANON "sets kubelet-arg"
}

@test "a host without Kubernetes has none of its checks" {
  small_root root
  ask
  hasnt "fail  fixture"
  hasnt "not evaluated  fixture"
  line "not applicable" PT-NODE-ANON "no kubelet on this host"
  line "not applicable" PT-KUBE-ANON "no kube-apiserver on this host"
}
