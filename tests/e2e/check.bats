load lib

# good_pod FILE, bad_pod FILE: own small manifests.
good_pod() {
  cat >"$1" <<'Y'
apiVersion: v1
kind: Pod
metadata: {name: good, namespace: shop}
spec:
  automountServiceAccountToken: false
  serviceAccountName: web
  securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: web
      image: registry.example.net/web:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: "1", memory: 64Mi}}
      livenessProbe: {tcpSocket: {port: 8080}}
      readinessProbe: {tcpSocket: {port: 8080}}
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
Y
}
bad_pod() {
  cat >"$1" <<'Y'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: web
          image: nginx
          securityContext:
            privileged: true
          volumeMounts:
            - {name: sock, mountPath: /s}
      volumes:
        - name: sock
          hostPath:
            path: /var/run/docker.sock
Y
}

check() {
  "$PARATIA" check --no-record "$@"
}

# proves: check
@test "check finds the place, the object and the check" {
  bad_pod bad.yaml
  run check bad.yaml
  [ "$status" = 1 ]
  line critical fail "Deployment shop/web" PT-PSS-PRIVILEGED bad.yaml:13:25
  line critical fail PT-PSS-HOSTPATH-SOCK /var/run/docker.sock bad.yaml:19
  good_pod good.yaml
  run check good.yaml --fail-on medium
  [ "$status" = 0 ]
}

@test "on a terminal findings begin with the place and show the line" {
  bad_pod bad.yaml
  export LC_ALL=C.UTF-8 TERM=xterm
  run bash -c "script -qec \"stty cols 100; $PARATIA check --no-record --color never bad.yaml\" /dev/null | tr -d '\r'"
  has "bad.yaml:13:25  critical  Container runs privileged"
  has "  13 |             privileged: true"
  has "     |                         ^^^^"
}

@test "standard input, folders, JSON and Lists are read" {
  mkdir -p d/sub d/.git
  bad_pod d/a.yaml
  good_pod d/sub/b.yml
  printf '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"hostPID":true,"containers":[{"name":"c","image":"a"}]}}]}' >d/c.json
  run check d
  [ "$status" = 1 ]
  line fail "Deployment shop/web" PT-PSS-PRIVILEGED d/a.yaml
  line fail "Pod x" PT-PSS-HOSTNS d/c.json:1
  has "3 files, 3 objects"
  run bash -c '"$PARATIA" check --no-record - <d/a.yaml'
  [ "$status" = 1 ]
  line critical PT-PSS-PRIVILEGED -:13
}

@test "broken files are named with line and column, and the rest goes on" {
  mkdir d
  bad_pod d/a.yaml
  printf 'a:\n\tb: 1\n' >d/tab.yaml
  printf '\x7fELF\x00\x01' >d/binary.yaml
  printf '{"kind": "Pod" 1}' >d/broken.json
  : >d/empty.yaml
  ln -s d d/loop
  mkfifo d/fifo.yaml
  run timeout 20 "$PARATIA" check --no-record d
  [ "$status" = 1 ]
  line "not evaluated" PT-MAN-BROKEN d/tab.yaml:2:1 tab
  line "not evaluated" PT-MAN-BROKEN d/binary.yaml
  line "not evaluated" PT-MAN-BROKEN d/broken.json:1:
  line "not evaluated" PT-MAN-BROKEN d/fifo.yaml
  line critical fail PT-PSS-PRIVILEGED d/a.yaml
  hasnt empty.yaml
}

@test "a FIFO is read when somebody writes, and not waited for without end" {
  bad_pod a.yaml
  mkfifo f
  cat a.yaml >f 3>&- &
  run timeout 20 "$PARATIA" check --no-record f
  [ "$status" = 1 ]
  line critical PT-PSS-PRIVILEGED f:13
  run timeout 20 "$PARATIA" check --no-record f
  [ "$status" = 3 ]
  has "nobody writes to this FIFO"
  has "at:  f"
  run bash -c '"$PARATIA" check --no-record <(sleep 6; cat a.yaml)'
  [ "$status" = 1 ]
}

@test "nothing that could be judged is exit code 3" {
  run check nowhere.yaml
  [ "$status" = 3 ]
  has "error: "
  has "nowhere.yaml"
  printf 'a: [\n' >broken.yaml
  run check broken.yaml
  [ "$status" = 3 ]
  mkdir empty
  run check empty
  [ "$status" = 3 ]
}

@test "an alias bomb ends at once and costs little" {
  {
    echo 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]'
    for i in $(seq 1 20); do echo "a$i: &a$i [$(printf "*a$((i - 1)),%.0s" 1 2 3 4 5 6 7 8 9)*a$((i - 1))]"; done
  } >bomb.yaml
  run timeout 10 /usr/bin/env bash -c 'ulimit -v 2000000; "$PARATIA" check --no-record bomb.yaml'
  [ "$status" = 3 ]
  line "not evaluated" PT-MAN-BROKEN bomb.yaml
}

@test "deep nesting and a file of 2 GB are refused cleanly" {
  head -c 200000 /dev/zero | tr '\0' '[' >deep.json
  printf 'a: ' >deep.yaml
  head -c 200000 /dev/zero | tr '\0' '[' >>deep.yaml
  truncate -s 2G big.yaml
  run timeout 20 "$PARATIA" check --no-record deep.json deep.yaml big.yaml
  [ "$status" = 3 ]
  line "not evaluated" deep.json
  line "not evaluated" deep.yaml
  line "not evaluated" big.yaml
}

@test "an unrendered Helm template is said, not reported as broken" {
  mkdir -p chart/templates
  printf 'apiVersion: v2\nname: c\nversion: 0.1.0\n' >chart/Chart.yaml
  printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n{{- if .Values.x }}\nspec: {}\n{{- end }}\n' >chart/templates/pod.yaml
  run check chart
  line "not evaluated" PT-MAN-TEMPLATE chart/templates/pod.yaml "helm template chart"
  hasnt PT-MAN-BROKEN
}

@test "what Kubernetes' readers drop or guess is a finding" {
  printf 'kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec: {hostPID: true, hostPID: false, containers: []}\n...\nkind: Pod\nspec: {hostPID: true}\n' >odd.yaml
  run check odd.yaml
  line fail PT-MAN-DUPLICATE odd.yaml:4
  line fail PT-MAN-HIDDEN odd.yaml
}

@test "no secret value is ever shown" {
  cat >s.yaml <<'Y'
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
    - name: c
      image: a
      env: [{name: DB_PASSWORD, value: hunter2-hunter2}]
Y
  run check s.yaml
  line fail PT-SEC-ENV DB_PASSWORD || line fail DB_PASSWORD
  hasnt hunter2
  run bash -c "script -qec \"stty cols 100; $PARATIA check --no-record --all s.yaml\" /dev/null"
  hasnt hunter2
  run check s.yaml --json
  hasnt hunter2
  run check s.yaml --output html=r.html --output sarif=r.sarif
  run cat r.html r.sarif
  hasnt hunter2
}

@test "hostile names cannot steer the terminal" {
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: "a\\e[31mred\\u202e"}\nspec: {hostPID: true, containers: []}\n' >h.yaml
  run check h.yaml
  hasnt $'\x1b'
  has '\x1b'
}

@test "the same input gives the same findings" {
  mkdir d
  for i in $(seq 20); do bad_pod "d/$i.yaml"; done
  check d --json | jq -S '.findings' >one || true
  check d --json | jq -S '.findings' >two || true
  [ -s one ]
  cmp one two
}

# The scenarios that are known to be vulnerable on purpose, where they lie beside the checkout.
@test "kubernetes-goat: each known scenario has its finding" {
  local goat="$PT_REPO/../shared/corpus/manifests/kubernetes-goat/scenarios"
  [ -d "$goat" ] || skip "no ../shared/corpus/manifests"
  run check "$goat"
  [ "$status" = 1 ]
  line critical fail PT-PSS-PRIVILEGED system-monitor
  line critical fail PT-PSS-HOSTPATH-SOCK health-check
  [ ! -d "$goat/insecure-rbac" ] || line fail PT-RBAC insecure-rbac
  line fail hidden-in-layers
  line fail internal-proxy
}

# proves: --strict
@test "a path that cannot be read is not evaluated, and --strict makes that count" {
  good_pod good.yaml
  run check nope.yaml good.yaml
  [ "$status" = 0 ]
  line "not evaluated" nope.yaml PT-MAN-BROKEN
  has "1 not evaluated"
  run check nope.yaml good.yaml --strict
  [ "$status" = 1 ]
  has "1 not evaluated (--strict)"
  run check good.yaml --strict
  [ "$status" = 0 ]
}

@test "checks of another area judge nothing, which is exit code 3" {
  good_pod good.yaml
  run check good.yaml --only host
  [ "$status" = 3 ]
}

@test "a file's name cannot steer the terminal, and ./ before it changes nothing" {
  bad_pod $'esc\x1b[2J\nx.yaml'
  run check .
  hasnt $'\x1b'
  has 'esc\x1b[2J\x0ax.yaml'
  bad_pod a.yaml
  one=$(check a.yaml --json | jq -r '.findings[0].fingerprint')
  two=$(check ./a.yaml --json | jq -r '.findings[0].fingerprint')
  [ "$one" = "$two" ]
}

@test "a reader that goes away is no error" {
  mkdir d
  for i in $(seq 200); do bad_pod "d/$i.yaml"; done
  run bash -c '"$PARATIA" check --no-record d 2>err | head -1; echo "${PIPESTATUS[0]}"; cat err'
  [ "${lines[1]}" = 1 ]
  hasnt "error:"
}

@test "what got worse since the baseline is not known" {
  bad_pod a.yaml
  check a.yaml --output json=known.json >/dev/null || true
  run check a.yaml --baseline known.json
  [ "$status" = 0 ]
  sed -i 's|path: /var/run/docker.sock|path: /run/containerd/containerd.sock|' a.yaml
  run check a.yaml --baseline known.json
  [ "$status" = 1 ]
  line critical fail PT-PSS-HOSTPATH-SOCK containerd.sock
}

@test "no line break of some readers hides a Pod behind a comment" {
  local nel
  for nel in $'\xc2\x85' $'\xe2\x80\xa8' $'\xe2\x80\xa9'; do
    printf '# x%sapiVersion: v1%skind: Pod%smetadata: {name: a}%sspec: {hostPID: true, containers: []}\n' "$nel" "$nel" "$nel" "$nel" >n.yaml
    run check n.yaml
    [ "$status" = 3 ]
    line "not evaluated" PT-MAN-BROKEN n.yaml:1
  done
}

@test "a wildcard subresource is seen, and no password on a shown line" {
  printf 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules: [{apiGroups: [""], resources: ["*/exec"], verbs: [create]}]\n' >r.yaml
  run check r.yaml
  line fail PT-RBAC
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: c\n      image: x\n      command: [sudo, --password=S3cretHunter2]\n' >s.yaml
  run check s.yaml --output html=r.html --all
  hasnt S3cretHunter2
  run cat r.html
  hasnt S3cretHunter2
}

@test "a role that aggregates is judged by the rules of what it selects, wherever that stands" {
  mkdir roles
  cat >roles/a.yaml <<'Y'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
aggregationRule:
  clusterRoleSelectors: [{matchLabels: {to-reader: "true"}}]
rules: []
Y
  run check roles
  [ "$status" = 0 ]
  line "not evaluated" PT-RBAC-SECRETS roles/a.yaml:5 "none is here"
  cat >roles/b.yaml <<'Y'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: secrets, labels: {to-reader: "true"}}
rules:
  - {apiGroups: [""], resources: [pods], verbs: [get]}
  - {apiGroups: [""], resources: [secrets], verbs: [get]}
Y
  run check roles
  [ "$status" = 1 ]
  line fail PT-RBAC-SECRETS "ClusterRole reader" roles/a.yaml:5 "ClusterRole secrets, rule 2: get on secrets"
  line fail PT-RBAC-SECRETS "ClusterRole secrets" roles/b.yaml:6
  run check roles --all
  line pass PT-RBAC-WILDCARD "ClusterRole reader"
}

# proves: check
@test "containers of Argo and Tekton templates are judged, each where it stands" {
  cat >argo.yaml <<'Y'
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: build, namespace: ci}
spec:
  workflowSpec:
    volumes:
      - {name: unused, hostPath: {path: /etc}}
      - name: docker
        hostPath: {path: /var/run/docker.sock}
    templates:
      - name: all
        steps: [[{name: a, template: compile}]]
      - name: compile
        container:
          image: alpine:3.20
          securityContext:
            privileged: true
      - name: push
        podSpecPatch: "{}"
        script:
          image: alpine:3.20
          volumeMounts: [{name: docker, mountPath: /s}]
        sidecars:
          - name: dind
            image: docker:27-dind
            securityContext:
              privileged: true
Y
  run check argo.yaml
  [ "$status" = 1 ]
  line critical fail "CronWorkflow ci/build/compile" PT-PSS-PRIVILEGED argo.yaml:17:25 '"compile"'
  line critical fail "CronWorkflow ci/build/push" PT-PSS-PRIVILEGED argo.yaml:27:27 '"dind"'
  line critical fail "CronWorkflow ci/build/push" PT-PSS-HOSTPATH-SOCK argo.yaml:9
  hasnt PT-PSS-HOSTPATH-SYS # a volume that nothing mounts comes into no pod
  line "not evaluated" PT-MAN-TEMPLATE podSpecPatch
  cat >tekton.yaml <<'Y'
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: build, namespace: ci}
spec:
  stepTemplate:
    securityContext:
      runAsNonRoot: true
      seccompProfile: {type: RuntimeDefault}
      capabilities: {drop: [ALL]}
  steps:
    - image: golang:1.22
      securityContext:
        privileged: true
    - {name: shared, ref: {name: other}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run, namespace: ci}
spec:
  taskRunTemplate:
    podTemplate:
      hostNetwork: true
  pipelineSpec:
    tasks:
      - {name: one, taskRef: {name: build}}
      - name: two
        taskSpec: {steps: [{name: s, image: alpine}]}
Y
  run check tekton.yaml --all
  [ "$status" = 1 ]
  line critical fail "Task ci/build" PT-PSS-PRIVILEGED tekton.yaml:13:21 '"step 1"'
  line pass "Task ci/build" PT-PSS-NONROOT # from the template of steps
  line pass "Task ci/build" PT-PSS-CAPS-DROP
  line "not applicable" "Task ci/build" PT-POD-TOKEN
  line high fail "PipelineRun ci/run/two" PT-PSS-HOSTNS tekton.yaml:22
  line fail "PipelineRun ci/run/two" PT-POD-TOKEN
  line fail "PipelineRun ci/run/two" PT-POD-IMAGE-TAG tekton.yaml:27
  line high fail "PipelineRun ci/run/one" PT-PSS-HOSTNS tekton.yaml:22 # its task is written out elsewhere
  line "not applicable" "PipelineRun ci/run/one" PT-PSS-PRIVILEGED "its containers are those of another object"
  hasnt "pass  PipelineRun ci/run/one"
  cat >taskrun.yaml <<'Y'
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run, namespace: ci}
spec:
  taskRef: {name: build}
  serviceAccountName: builder
  podTemplate:
    automountServiceAccountToken: false
    volumes:
      - name: docker
        hostPath: {path: /var/run/docker.sock}
Y
  run check taskrun.yaml --all
  [ "$status" = 1 ]
  line critical fail "TaskRun ci/run" PT-PSS-HOSTPATH-SOCK taskrun.yaml:11
  line "not applicable" "TaskRun ci/run" PT-POD-TOKEN
  line "not applicable" "TaskRun ci/run" PT-PSS-PRIVILEGED
}
