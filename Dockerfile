# syntax=docker/dockerfile:1
# Three images: `api` and `web` (what docker-compose.yml runs), and `standalone` (both in one process, for those who want one container).
# Built on the machine's own platform, published for the target's, so that no build runs under emulation.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS restore
ARG TARGETARCH
WORKDIR /source
# The project files alone decide what is restored: the layer stays valid while only code changes.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY ChatOllama.Contracts/*.csproj ChatOllama.Contracts/
COPY ChatOllama.ServiceDefaults/*.csproj ChatOllama.ServiceDefaults/
COPY ChatOllama.ApiService/*.csproj ChatOllama.ApiService/
COPY ChatOllama.Web/*.csproj ChatOllama.Web/
COPY ChatOllama.Emulator/*.csproj ChatOllama.Emulator/
COPY ChatOllama.Standalone/*.csproj ChatOllama.Standalone/
RUN dotnet restore ChatOllama.Standalone -a $TARGETARCH -p:PublishReadyToRun=true

FROM restore AS build
COPY ChatOllama.Contracts/ ChatOllama.Contracts/
COPY ChatOllama.ServiceDefaults/ ChatOllama.ServiceDefaults/
COPY ChatOllama.ApiService/ ChatOllama.ApiService/
COPY ChatOllama.Web/ ChatOllama.Web/
COPY ChatOllama.Emulator/ ChatOllama.Emulator/
COPY ChatOllama.Standalone/ ChatOllama.Standalone/
# The manual, which the settings page shows.
COPY README.md LICENSE ./
COPY docs/*.md docs/
# Empty folders to give away: the final images have no shell to make them, and a named volume on a path that the image lacks belongs to root.
RUN mkdir /empty

FROM build AS publish-api
RUN dotnet publish ChatOllama.ApiService --no-restore -a $TARGETARCH --self-contained false -c Release -p:PublishReadyToRun=true -o /app

FROM build AS publish-web
RUN dotnet publish ChatOllama.Web --no-restore -a $TARGETARCH --self-contained false -c Release -p:PublishReadyToRun=true -o /app

FROM build AS publish-standalone
RUN dotnet publish ChatOllama.Standalone --no-restore -a $TARGETARCH --self-contained false -c Release -p:PublishReadyToRun=true -o /app

# No shell, no package manager, not root (uid 1654).
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS runtime
WORKDIR /app
# Diagnostics sockets need a writable /tmp that a read-only container may not have.
ENV DOTNET_EnableDiagnostics=0 HTTP_PORTS=8080 ENV=production
EXPOSE 8080
USER 1654

FROM runtime AS api
COPY --from=build --chown=1654:1654 /empty /data
COPY --from=publish-api /app .
ENV DB_PATH=/data/chat.db
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["dotnet", "/app/ChatOllama.ApiService.dll", "--health"]
ENTRYPOINT ["dotnet", "/app/ChatOllama.ApiService.dll"]

FROM runtime AS web
COPY --from=build --chown=1654:1654 /empty /keys
COPY --from=publish-web /app .
ENV KEYS_PATH=/keys services__api__http__0=http://api:8080
VOLUME /keys
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["dotnet", "/app/ChatOllama.Web.dll", "--health"]
ENTRYPOINT ["dotnet", "/app/ChatOllama.Web.dll"]

FROM runtime AS standalone
COPY --from=build --chown=1654:1654 /empty /data
COPY --from=publish-standalone /app .
ENV DB_PATH=/data/chat.db
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["dotnet", "/app/ChatOllama.Standalone.dll", "--health"]
ENTRYPOINT ["dotnet", "/app/ChatOllama.Standalone.dll"]
