#!/bin/bash
# Signs programs and packages for Windows, a step after their build: the key is often elsewhere.
#   sign.sh FILE...
# SIGN_CERT    PEM file with the certificate and its chain
# SIGN_KEY     PEM file with the key, or its PKCS #11 URI if SIGN_MODULE is set
# SIGN_MODULE  PKCS #11 module of a token or a cloud service
# SIGN_TIME    URL of a time-stamp server. Without it signatures end with the certificate
# Needs the package osslsigncode. Verify with: osslsigncode verify -CAfile ca.pem FILE
set -euo pipefail
[ $# -gt 0 ] || { sed -n 2,8p "$0" >&2; exit 2; }
: "${SIGN_CERT:?the certificate file}" "${SIGN_KEY:?the key}"
options=(-certs "$SIGN_CERT" -key "$SIGN_KEY" -h sha256 -n traybell)
[ -z "${SIGN_MODULE:-}" ] || options+=(-pkcs11module "$SIGN_MODULE")
[ -z "${SIGN_TIME:-}" ] || options+=(-ts "$SIGN_TIME")
for file in "$@"; do
  osslsigncode sign "${options[@]}" -in "$file" -out "$file.signed" >/dev/null
  mv "$file.signed" "$file"
done
