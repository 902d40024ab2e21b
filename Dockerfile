# docker build -t vitrine .   Then compose.yaml, or alone with a volume for its private PostgreSQL:
# docker run -p 8080:8080 -v vitrine:/data -e VITRINE_BASE_URL=https://share.example.com vitrine

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends make pkg-config libcairo2-dev libpango1.0-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /vitrine
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/vitrine/target \
    cargo build --release --locked && cp target/release/vitrine /usr/local/bin/

FROM debian:bookworm-slim
# No cluster of Debian's: vitrine makes its own in /data unless DATABASE_URL names a server.
RUN mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
 && apt-get update && apt-get install -y --no-install-recommends ca-certificates postgresql libcairo2 libpango-1.0-0 libpangocairo-1.0-0 \
    fonts-inter fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /data vitrine
COPY --from=build /usr/local/bin/vitrine /usr/local/bin/vitrine
USER vitrine
WORKDIR /data
VOLUME /data
ENV VITRINE_DATA=/data VITRINE_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["vitrine"]
CMD ["serve"]
