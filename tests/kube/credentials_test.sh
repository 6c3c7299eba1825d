#!/bin/sh
# Credentials that change under a running controller, on a real API server: the
# Secrets of objects, and the controller's own token.
. "$(dirname "$0")/home.sh"
need htpasswd
REGISTRY_LAB_PASSWORD=open-sesame # a word, for curl's sake
home_lab git
REGISTRY_LAB_CURL="-u $REGISTRY_LAB_USER:$REGISTRY_LAB_PASSWORD"
registry_lab_start registry basic || exit 1
REGISTRY=127.0.0.1:${REGISTRY_LAB#*:}
registry_lab_push "http://$REGISTRY" acme/web 1.0.0
repository apps
deployment web "$REGISTRY/acme/web:0.9.0" web >"$LAB/work/apps/web.yaml"
publish apps

request() { # KIND NAME TOKEN
    kubectl annotate "$1" "$2" -n flux-system --overwrite "reconcile.fluxcd.io/requestedAt=$3" >/dev/null
}
answered() { # KIND NAME TOKEN
    same "$(object "$1" "$2" .status.lastHandledReconcileAt)" "$3"
}
docker_secret() { # PASSWORD
    kubectl apply -f - >/dev/null <<END
apiVersion: v1
kind: Secret
metadata: {name: registry, namespace: flux-system}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths": {"$REGISTRY": {"username": "$REGISTRY_LAB_USER", "password": "$1"}}}'
END
}
git_secret() { # PASSWORD
    kubectl apply -f - >/dev/null <<END
apiVersion: v1
kind: Secret
metadata: {name: git, namespace: flux-system}
stringData: {username: $GIT_LAB_USER, password: '$1'}
END
}

#
# The controller's token is in a file, and good for as long as a Secret lives. The
# server believes a token for some seconds more than that.
#
new_token() { # SECRET
    kubectl create secret generic "$1" -n flux-system >/dev/null
    kubectl create token tidemark -n flux-system --bound-object-kind Secret --bound-object-name "$1"
}
token_works() { # FILE
    curl -sf -o /dev/null --noproxy '*' --cacert "$KUBE_LAB/ca.crt" \
        -H "Authorization: Bearer $(cat "$1")" "$KUBE_LAB_URL/api"
}
new_token first >"$LAB/token"
soon 'the token is good' token_works "$LAB/token"
echo "tokenFile: $LAB/token" | kube_lab_kubeconfig file
controller_start rotated --kubeconfig "$KUBE_LAB/file.kubeconfig" --max-retry-delay=2s
soon 'the controller works' controller_leads rotated

#
# Secrets: wrong, put right, wrong again; seen on the next try, or request.
#
docker_secret wrong
git_secret "$GIT_LAB_PASSWORD"
{
    image_repository_yaml web "$REGISTRY/acme/web" | sed 's/^spec: {/&secretRef: {name: registry}, /'
    image_policy_yaml web web
    git_repository_yaml apps "$GIT_LAB_HTTP/auth/apps.git" | sed 's/^spec: {/&secretRef: {name: git}, /'
    image_update_yaml apps apps
} | kubectl apply -n flux-system -f - >/dev/null
soon 'a wrong password is told' condition_like ImageRepository web Ready \
    'False ReadOperationFailed scan failed: GET http://*: UNAUTHORIZED: *'
tap_is 'without the password' "$(condition ImageRepository web Ready | grep -c wrong)" 0
docker_secret "$REGISTRY_LAB_PASSWORD"
soon 'put right, the next try is good' condition_like ImageRepository web Ready 'True Succeeded *'
soon 'and its update is made' eval 'file_of apps web.yaml | grep -q web:1.0.0'
docker_secret wrong
request imagerepository web wrong-again
soon 'wrong again, a request tells' condition_like ImageRepository web Ready 'False ReadOperationFailed *'
soon 'and is answered' answered ImageRepository web wrong-again
tap_is 'what was found stays' "$(object ImageRepository web .status.lastScanResult.tagCount)" 1
docker_secret "$REGISTRY_LAB_PASSWORD"
request imagerepository web right-again
soon 'right again, a request mends' condition_like ImageRepository web Ready 'True Succeeded *'
git_secret wrong
request imageupdateautomation apps wrong
soon 'a wrong password for Git is told' condition_like ImageUpdateAutomation apps Ready \
    'False GitOperationFailed failed to checkout source: *'
git_secret "$GIT_LAB_PASSWORD"
request imageupdateautomation apps right
soon 'put right, it is Ready' condition_like ImageUpdateAutomation apps Ready 'True Succeeded *'

#
# The token is renewed, as the kubelet does it, before the old one ends.
#
new_token second >"$LAB/token.next"
cp "$LAB/token" "$LAB/token.old"
mv "$LAB/token.next" "$LAB/token"
kubectl delete secret first -n flux-system >/dev/null
soon 'the old token ends' eval '! token_works "$LAB/token.old"'
new_tags acme/web 1.1.0
request imagerepository web renewed
soon 'the work goes on with the new one' eval 'file_of apps web.yaml | grep -q web:1.1.0'
soon 'and is told' answered ImageRepository web renewed

# It ends before there is a new one, which then is taken.
kubectl delete secret second -n flux-system >/dev/null
soon 'that one ends too' eval '! token_works "$LAB/token"'
new_tags acme/web 1.2.0
request imagerepository web meanwhile
kube_lab_restart_apiserver # watches that began with the old token end
soon 'the controller tells that it is locked out' grep -q 'Unauthorized' "$LAB/rotated.log"
new_token third >"$LAB/token.next"
mv "$LAB/token.next" "$LAB/token"
soon 'with a third one the work goes on' eval 'file_of apps web.yaml | grep -q web:1.2.0'
soon 'and is told again' answered ImageRepository web meanwhile
tap_is 'no token is in the log' "$(grep -c -F -e "$(cut -c 1-30 "$LAB/token")" "$LAB/rotated.log")" 0
controller_stop
tap_is 'it ends in peace' "$CODE" 0
tap_done
