FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The version is stamped from .git, without which it reads "devel".
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=auto -ldflags "-s -w" -o /adiuva ./cmd/adiuva

FROM alpine:3.22
RUN addgroup -g 10001 adiuva \
    && adduser -D -H -u 10001 -G adiuva adiuva \
    && install -d -o adiuva -g adiuva -m 700 /data
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /adiuva /usr/local/bin/adiuva

ENV DATA_DIR=/data \
    PORT=8000
VOLUME /data
EXPOSE 8000
USER 10001:10001
WORKDIR /data

# Running requests and streams get up to 30 s after SIGTERM: give the container more than Docker's 10 s (--stop-timeout 40).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["adiuva", "healthcheck"]
ENTRYPOINT ["adiuva"]
CMD ["serve"]
