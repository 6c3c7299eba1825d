# The image that deploy/ runs: docker build -t tidemark .
FROM debian:12 AS build
COPY scripts/packages.sh /tmp/
RUN /tmp/packages.sh build
COPY . /src
RUN meson setup /build /src --prefix /usr --strip -Dtests=false -Dwerror=false \
    && DESTDIR=/image meson install -C /build

FROM debian:12-slim
# The libraries that the program is linked with, and the programs that it runs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libcurl4 \
        libjansson4 \
        libmicrohttpd12 \
        libre2-9 \
        libsqlite3-0 \
        libssl3 \
        libyaml-0-2 \
        ca-certificates \
        git \
        gpg \
        gpg-agent \
        openssh-client \
    && rm -rf /var/lib/apt/lists/*
# ssh wants a name for whom it runs as.
RUN useradd --uid 65532 --user-group --home-dir /data --no-create-home \
        --shell /usr/sbin/nologin tidemark \
    && install -d -o tidemark -g tidemark /data
COPY --from=build /image/usr/bin/tidemark /usr/bin/tidemark
ENV HOME=/data
VOLUME /data
EXPOSE 8080 9440
USER 65532:65532
ENTRYPOINT ["/usr/bin/tidemark"]
