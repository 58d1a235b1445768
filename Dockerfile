FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /build

# Packaging the contracts alone resolves every dependency, plugin, code generator and compiler plug-in that the real
# build needs. dependency:go-offline misses the ones that plugins fetch by themselves (protoc, Error Prone).
COPY pom.xml ./
COPY .mvn .mvn
COPY proto proto
RUN mvn -B -ntp -Dmaven.test.skip -Dspotless.check.skip package

COPY src/main src/main
RUN mvn -B -ntp -Dmaven.test.skip -Dspotless.check.skip package

# Netty would unpack its native libraries into /tmp at start and, where that is read-only or noexec, silently fall
# back to NIO and the JDK's TLS. On java.library.path they need no unpacking.
# chmod: a checkout under a strict umask must not become files that the image's user cannot read.
RUN arch=$(uname -m | sed s/aarch64/aarch_64/) && prefix=META-INF/native/libio_grpc_netty_shaded_netty \
 && jar xf target/lib/grpc-netty-shaded-*.jar \
      ${prefix}_transport_native_epoll_$arch.so ${prefix}_tcnative_linux_$arch.so \
 && chmod -R a+rX META-INF/native target src/main/jvm \
 && test "$(ls META-INF/native | wc -l)" -eq 2


FROM eclipse-temurin:25-jre
LABEL org.opencontainers.image.title="redirect-balancer" \
      org.opencontainers.image.description="Answers a video's origin URL with the URL to fetch it from" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app

# What changes least comes first: a change of code alone makes one small new layer.
COPY --from=build /build/target/lib lib
COPY --from=build /build/META-INF/native native
COPY --from=build /build/src/main/jvm ./
COPY --from=build /build/target/redirect-balancer.jar ./

# Here, since an AOT cache fits one JVM, one class path and one set of flags only.
RUN ./make-aot-cache balancer.aot java -Djava.library.path=/app/native @/app/jvm.options -jar /app/redirect-balancer.jar \
 && chmod a+r balancer.aot \
 && ln -s /app/redirect-balancer /usr/local/bin/

# The names of files and the arguments of commands are UTF-8.
ENV LANG=C.UTF-8

# One arena for what the C library allocates: the few threads hardly contend, and each further one keeps megabytes.
ENV MALLOC_ARENA_MAX=1

# On the container's loopback nothing could scrape it; who reaches it is decided where the port is published.
ENV ADMIN_HOST=0.0.0.0
EXPOSE 50051 2112

# For STATE_DIR and an embedded database, on a volume: a new one gets the owner of what it is mounted over.
RUN install -d -o 10001 -g 10001 -m 700 /var/lib/redirect-balancer

# A number, so that Kubernetes can tell that it is not root.
USER 10001:10001

HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["/app/healthcheck"]

# Commands that are short take little memory: docker exec CONTAINER redirect-balancer explain URL
ENTRYPOINT ["redirect-balancer"]
