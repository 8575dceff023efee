#!/bin/sh
# The headless shell, which finds SwiftShader.ini in its working directory.
cd "$(dirname "$0")" && exec /usr/bin/chromium-headless-shell "$@"
