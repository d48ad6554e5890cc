# One image for every service; compose says which one runs.
FROM python:3.13-slim-trixie AS build
WORKDIR /src
COPY requirements/services.txt requirements/build.txt requirements/
RUN python -m venv --without-pip /onduty \
 && pip --python /onduty/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r requirements/services.txt \
 && pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY shared shared
COPY services/bot services/bot
COPY services/dispatcher services/dispatcher
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels \
      shared/client shared/desk services/bot services/dispatcher \
 && pip --python /onduty/bin/python install --no-cache-dir --no-deps /wheels/*.whl \
 && pip --python /onduty/bin/python check

FROM python:3.13-slim-trixie
ENV PATH=/onduty/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY --from=build /onduty /onduty
WORKDIR /tmp
USER 10001:10001
# Without a service named, it says what there is.
CMD ["onduty", "--help"]
