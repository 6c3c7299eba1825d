# Git servers for tests: http and https (lighttpd with git http-backend), and ssh
# (sshd). To be sourced by a POSIX shell. Servers listen on 127.0.0.1 on free
# ports, run as the caller, keep everything below a folder that the caller
# names, and end with `git_lab_stop`.
#
#     . tests/lib/git.sh
#     git_lab_init /tmp/my-lab
#     git_lab_repo config                   # an empty repository
#     git_lab_http                          # sets GIT_LAB_HTTP=http://127.0.0.1:PORT
#     git push "$GIT_LAB_HTTP/git/config.git" main
#     git_lab_stop
#
# Needs git, and for the servers Debian's lighttpd, lighttpd-mod-openssl, openssl,
# openssh-server and python3.

# Paths that the http servers know, each followed by the repository's name:
#
#     /git/    open to all, reading and writing
#     /auth/   user "tidemark", password "pass:word %1"
#     /token/  "Authorization: Bearer sesame"
#     /gate/   open, answers no request while the lab's file "gate-closed" is there
#     /peek/   open, notes host and Authorization header of each request in the
#              lab's file "seen"
#     /v0/     open, speaks only the first version of the protocol
#     /cut/    open, but takes pushes without ever answering them
#     /old/    redirects to /auth/ of the same server
#     /echo/   refuses, in words that repeat the Authorization header and what it says
#     /away/   redirects to /peek/ of the same server under another host name
GIT_LAB_USER=tidemark
GIT_LAB_PASSWORD='pass:word %1'
GIT_LAB_TOKEN=sesame
GIT_LAB_PASSPHRASE='key phrase'

# Isolates the git commands of the tests themselves too.
git_lab_init() { # DIR
    GIT_LAB=$1
    GIT_LAB_PIDS=
    mkdir -p "$GIT_LAB/repos" "$GIT_LAB/tmp"
    export HOME="$GIT_LAB" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL="$GIT_LAB/gitconfig"
    export GIT_TERMINAL_PROMPT=0 LC_ALL=C
    unset GIT_DIR GIT_WORK_TREE http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
    cat >"$GIT_LAB/gitconfig" <<'END'
[user]
	name = Other Person
	email = other@example.com
[init]
	defaultBranch = main
[gc]
	auto = 0
[push]
	default = current
[advice]
	detachedHead = false
END
}

# A bare repository that takes pushes over http and offers filters. Further
# arguments go to `git init`.
git_lab_repo() { # NAME [OPTION…]
    git_lab_name=$1
    shift
    git init -q --bare "$@" "$GIT_LAB/repos/$git_lab_name.git" &&
        git -C "$GIT_LAB/repos/$git_lab_name.git" config http.receivepack true &&
        git -C "$GIT_LAB/repos/$git_lab_name.git" config uploadpack.allowFilter true &&
        git -C "$GIT_LAB/repos/$git_lab_name.git" config receive.advertisePushOptions true
}

git_lab_free_port() {
    python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Waits until PORT accepts connections. Fails if PID ends first.
git_lab_wait() { # PORT PID
    git_lab_tries=0
    while ! python3 -c 'import socket, sys
socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()' "$1" 2>/dev/null; do
        kill -0 "$2" 2>/dev/null && [ "$git_lab_tries" -lt 100 ] || return 1
        git_lab_tries=$((git_lab_tries + 1))
        sleep 0.05
    done
}

# Runs COMMAND with the port as its last argument until it listens.
git_lab_serve() { # VARIABLE COMMAND…
    git_lab_variable=$1
    shift
    for git_lab_try in 1 2 3 4 5; do
        git_lab_port=$(git_lab_free_port)
        "$@" "$git_lab_port" >>"$GIT_LAB/log" 2>&1 </dev/null &
        git_lab_pid=$!
        if git_lab_wait "$git_lab_port" "$git_lab_pid"; then
            GIT_LAB_PIDS="$GIT_LAB_PIDS $git_lab_pid"
            eval "$git_lab_variable=\$git_lab_port"
            return 0
        fi
        kill "$git_lab_pid" 2>/dev/null
    done
    echo "git_lab_serve: $1 does not start, see $GIT_LAB/log" >&2
    return 1
}

# The configuration of the http servers; with TLS if a certificate is named.
git_lab_http_config() { # PORT [CERT]
    backend=$(git --exec-path)/git-http-backend
    cat <<END
server.modules = ("mod_auth", "mod_authn_file", "mod_access", "mod_redirect", "mod_alias",
    "mod_setenv", "mod_cgi"${2:+, \"mod_openssl\"})
server.document-root = "$GIT_LAB/tmp"
server.upload-dirs = ("$GIT_LAB/tmp")
server.bind = "127.0.0.1"
server.port = $1
server.stream-response-body = 1
server.stream-request-body = 1
auth.backend = "plain"
auth.backend.plain.userfile = "$GIT_LAB/http-users"
alias.url = ("/git" => "$backend", "/auth" => "$backend", "/token" => "$backend",
    "/gate" => "$GIT_LAB/gate.sh", "/peek" => "$GIT_LAB/peek.sh",
    "/cut" => "$GIT_LAB/cut.sh", "/echo" => "$GIT_LAB/echo.sh", "/v0" => "$GIT_LAB/v0.sh")
url.redirect = ("^/old/(.*)" => "/auth/\$1",
    "^/away/(.*)" => "http${2:+s}://localhost:$1/peek/\$1")
\$HTTP["url"] =~ "^/auth/" {
    auth.require = ("/auth/" => ("method" => "basic", "realm" => "lab", "require" => "valid-user"))
}
\$HTTP["url"] =~ "^/token/" {
    \$REQUEST_HEADER["Authorization"] != "Bearer $GIT_LAB_TOKEN" { url.access-deny = ("") }
}
\$HTTP["url"] =~ "^/(git|auth|token|gate|peek|cut|echo|v0)/" {
    cgi.assign = ("" => "")
    setenv.add-environment = ("GIT_PROJECT_ROOT" => "$GIT_LAB/repos",
        "GIT_HTTP_EXPORT_ALL" => "1", "GIT_CONFIG_NOSYSTEM" => "1", "HOME" => "$GIT_LAB/tmp")
}
END
    [ -z "${2:-}" ] || printf 'ssl.engine = "enable"\nssl.pemfile = "%s"\n' "$2"
}

git_lab_lighttpd() { # CERT PORT
    git_lab_http_config "$2" "$1" >"$GIT_LAB/lighttpd-$2.conf" &&
        exec "$(command -v lighttpd || echo /usr/sbin/lighttpd)" -D -f "$GIT_LAB/lighttpd-$2.conf"
}

git_lab_http_files() {
    printf '%s:%s\n' "$GIT_LAB_USER" "$GIT_LAB_PASSWORD" >"$GIT_LAB/http-users"
    backend=$(git --exec-path)/git-http-backend
    cat >"$GIT_LAB/gate.sh" <<END
#!/bin/sh
while [ -e "$GIT_LAB/gate-closed" ]; do sleep 0.1; done
exec "$backend"
END
    cat >"$GIT_LAB/peek.sh" <<END
#!/bin/sh
echo "\$HTTP_HOST \$HTTP_AUTHORIZATION" >>"$GIT_LAB/seen"
exec "$backend"
END
    printf '#!/bin/sh\nunset HTTP_GIT_PROTOCOL GIT_PROTOCOL\nexec "%s"\n' "$backend" >"$GIT_LAB/v0.sh"
    cat >"$GIT_LAB/cut.sh" <<END
#!/bin/sh
[ "\$REQUEST_METHOD" != POST ] || { "$backend" >/dev/null; exit; }
exec "$backend"
END
    cat >"$GIT_LAB/echo.sh" <<'END'
#!/bin/sh
printf 'Status: 403 Forbidden\r\nContent-Type: text/plain\r\n\r\n'
echo "you sent $HTTP_AUTHORIZATION: $(echo "${HTTP_AUTHORIZATION#Basic }" | base64 -d)"
END
    chmod 755 "$GIT_LAB/echo.sh" "$GIT_LAB/gate.sh" "$GIT_LAB/peek.sh" "$GIT_LAB/cut.sh" "$GIT_LAB/v0.sh"
}

# Sets GIT_LAB_HTTP.
git_lab_http() {
    git_lab_http_files
    git_lab_serve git_lab_http_port git_lab_lighttpd "" &&
        GIT_LAB_HTTP=http://127.0.0.1:$git_lab_http_port
}

# Makes a certificate authority (ca.crt), a server's certificate from it
# (server.pem), and a client's key and certificate (client.key, client.crt).
git_lab_certificates() {
    (
        cd "$GIT_LAB" || exit 1
        printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' >server.ext
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 \
            -subj '/CN=Lab authority' &&
            openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj '/CN=lab' &&
            openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial \
                -out server.crt -days 2 -extfile server.ext &&
            openssl req -newkey rsa:2048 -nodes -keyout client.key -out client.csr \
                -subj '/CN=client' &&
            openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial \
                -out client.crt -days 2 && cat server.key server.crt >server.pem
    ) >>"$GIT_LAB/log" 2>&1
}

# Sets GIT_LAB_HTTPS, and GIT_LAB_MTLS for a server that demands the client's
# certificate.
git_lab_https() {
    git_lab_http_files
    git_lab_certificates &&
        git_lab_serve git_lab_https_port git_lab_lighttpd "$GIT_LAB/server.pem" &&
        GIT_LAB_HTTPS=https://127.0.0.1:$git_lab_https_port &&
        git_lab_serve git_lab_mtls_port git_lab_lighttpd_mtls &&
        GIT_LAB_MTLS=https://127.0.0.1:$git_lab_mtls_port
}

git_lab_lighttpd_mtls() { # PORT
    {
        git_lab_http_config "$1" "$GIT_LAB/server.pem"
        printf 'ssl.ca-file = "%s"\nssl.verifyclient.activate = "enable"\n' "$GIT_LAB/ca.crt"
        printf 'ssl.verifyclient.enforce = "enable"\n'
    } >"$GIT_LAB/lighttpd-$1.conf"
    exec "$(command -v lighttpd || echo /usr/sbin/lighttpd)" -D -f "$GIT_LAB/lighttpd-$1.conf"
}

# Sets GIT_LAB_SSH=ssh://USER@127.0.0.1:PORT (add the absolute path of a
# repository). Keys: identity, and identity-locked with the passphrase, whose
# sessions wait at the gate too; the server's in known_hosts.
git_lab_ssh() {
    ssh-keygen -q -t ed25519 -N '' -f "$GIT_LAB/host-key" &&
        ssh-keygen -q -t ed25519 -N '' -f "$GIT_LAB/identity" &&
        ssh-keygen -q -t ed25519 -N "$GIT_LAB_PASSPHRASE" -f "$GIT_LAB/identity-locked" &&
        {
            cat "$GIT_LAB/identity.pub"
            printf 'command="while [ -e %s/gate-closed ]; do sleep 0.1; done; ' "$GIT_LAB"
            printf 'eval \\"$SSH_ORIGINAL_COMMAND\\"" '
            cat "$GIT_LAB/identity-locked.pub"
        } >"$GIT_LAB/authorized_keys" &&
        cat >"$GIT_LAB/sshd_config" <<END || return 1
HostKey $GIT_LAB/host-key
AuthorizedKeysFile $GIT_LAB/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
AcceptEnv GIT_PROTOCOL
END
    # The privilege separation of a system-wide sshd; only root needs and can make it.
    [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
    git_lab_serve git_lab_ssh_port git_lab_sshd || return 1
    GIT_LAB_SSH=ssh://$(id -un)@127.0.0.1:$git_lab_ssh_port
    printf '[127.0.0.1]:%s %s\n' "$git_lab_ssh_port" "$(cut -d ' ' -f 1,2 "$GIT_LAB/host-key.pub")" \
        >"$GIT_LAB/known_hosts"
}

git_lab_sshd() { # PORT
    exec /usr/sbin/sshd -D -e -f "$GIT_LAB/sshd_config" -o ListenAddress=127.0.0.1 -p "$1"
}

# Sets GIT_LAB_HANGING: a server that accepts connections and never answers.
git_lab_hanging() {
    git_lab_serve git_lab_hanging_port python3 -c 'import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(64)
kept = []
while True: kept.append(s.accept())' && GIT_LAB_HANGING=http://127.0.0.1:$git_lab_hanging_port
}

git_lab_stop() {
    for git_lab_pid in $GIT_LAB_PIDS; do
        kill "$git_lab_pid" 2>/dev/null
        wait "$git_lab_pid" 2>/dev/null
    done
    GIT_LAB_PIDS=
}
