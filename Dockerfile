# One image; serve, migrate, keys and sweep are commands of it.
FROM node:22-slim AS console
WORKDIR /src
COPY app/console/package.json app/console/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY app/console ./
RUN npm run build

FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/tagsight \
    && /opt/tagsight/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE CHANGELOG.md ./
COPY app ./app
COPY --from=console /src/dist ./app/console/dist
COPY models ./models
COPY migrations ./migrations
RUN /opt/tagsight/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home tagsight \
    && install -d -o tagsight -g tagsight /data
COPY --from=build /opt/tagsight /opt/tagsight
ENV PATH=/opt/tagsight/bin:$PATH DATA_DIR=/data LOG_JSON=true PYTHONUNBUFFERED=1
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["tagsight"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
