package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"traybell/packaging/build"
)

// signer reads the private key; nil without a file.
func signer(file string) (ed25519.PrivateKey, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is no PEM file; create one with: openssl genpkey -algorithm ed25519", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the key %s: %w", file, err)
	}
	signs, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s has a %T, not an ed25519 key", file, key)
	}
	return signs, nil
}

// trust has the programs of this release trust releases signed by its key, and by those of others.
func trust(key ed25519.PrivateKey, others []string) error {
	var keys []string
	if key != nil {
		public, _ := key.Public().(ed25519.PublicKey)
		keys = append(keys, hex.EncodeToString(public))
	}
	for _, file := range others {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read the public key: %w", err)
		}
		block, _ := pem.Decode(text)
		if block == nil {
			return fmt.Errorf("%s is no PEM file; write one with: openssl pkey -in ed25519.pem -pubout", file)
		}
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return fmt.Errorf("read the public key %s: %w", file, err)
		}
		public, ok := parsed.(ed25519.PublicKey)
		if !ok {
			return fmt.Errorf("%s has a %T, not an ed25519 key", file, parsed)
		}
		keys = append(keys, hex.EncodeToString(public))
	}
	return os.Setenv(build.TrustedKeys, strings.Join(keys, ","))
}

// sum writes SHA256SUMS of a folder and, with a key, its signature of 64 bytes, which openssl
// pkeyutl -verify -rawin reads.
func sum(folder string, key ed25519.PrivateKey) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, f := range files {
		digest, err := hash(filepath.Join(folder, f.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", digest, f.Name())
	}
	to := filepath.Join(folder, "SHA256SUMS")
	if err := os.WriteFile(to, []byte(sums.String()), 0o644); err != nil {
		return err
	}
	fmt.Print(sums.String())
	if key == nil {
		fmt.Println("SHA256SUMS is not signed: there is no -key.")
		return nil
	}
	return os.WriteFile(to+".sig", ed25519.Sign(key, []byte(sums.String())), 0o644)
}

func hash(file string) (digest string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
