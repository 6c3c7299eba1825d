# What the tests of the Kubernetes home share: the end-to-end library with its
# functions that look at objects pointed at the API server. To be sourced.
. "$(dirname "$0")/../e2e/lib.sh"
E2E=$(cd "$(dirname "$0")/../e2e" && pwd)

# A lab with an API server and the servers that are named. Commands are a user's
# who may do everything.
home_lab() { # [SERVER…]
    lab kube "$@"
    export TIDEMARK_STORE=kubernetes RUNTIME_NAMESPACE=flux-system
    export KUBECONFIG="$KUBE_LAB/admin.kubeconfig"
}

kubectl() {
    kube_lab_kubectl admin "$@"
}

# A part of an object, by a JSONPath; nothing if it is not there.
object() { # KIND NAME PATH [NAMESPACE]
    kubectl get "$1" "$2" -n "${4:-flux-system}" -o "jsonpath={$3}"
}

condition() { # KIND NAME TYPE [NAMESPACE]
    object "$1" "$2" ".status.conditions[?(@.type==\"$3\")]['status','reason','message']" \
        "${4:-flux-system}"
}

types_of() { # KIND NAME
    object "$1" "$2" '.status.conditions[*].type'
}

# The controller with the service account's own rights, its log in $LAB/NAME.log
# and its pid in PID.
controller_start() { # NAME [ARGUMENT…]
    controller_name=$1
    shift
    "$TIDEMARK" run --kubeconfig "$KUBE_LAB/tidemark.kubeconfig" --log-encoding=json \
        --storage-path="$LAB/$controller_name" --metrics-addr=127.0.0.1:0 --health-addr=127.0.0.1:0 \
        "$@" >>"$LAB/$controller_name.out" 2>>"$LAB/$controller_name.log" &
    PID=$!
    PIDS="$PIDS $PID"
}

controller_leads() { # NAME
    grep -q '"msg":"started"' "$LAB/$1.log"
}

# The address that a controller serves probes or metrics on.
address_of() { # NAME health|metrics
    sed -n "s/.*\"for\":\"$2\",\"address\":\"\([^\"]*\)\".*/\1/p" "$LAB/$1.log" | tail -n 1
}

controller_stop() { # [SIGNAL]
    kill -"${1:-TERM}" "$PID"
    CODE=0
    wait "$PID" 2>/dev/null || CODE=$?
}

gone() { # KIND NAME [NAMESPACE]
    ! kubectl get "$1" "$2" -n "${3:-flux-system}" >/dev/null 2>&1
}

# Events of an object, one a line: type, reason, message.
events_of() { # KIND NAME
    kubectl get events -n flux-system --field-selector "involvedObject.kind=$1,involvedObject.name=$2" \
        -o 'jsonpath={range .items[*]}{.type} {.reason} {.message}{"\n"}{end}'
}
