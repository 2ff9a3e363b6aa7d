package agents

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"traybell/shared/protocol"
)

// certificateFile holds the generated certificate and its key, in the data folder.
const certificateFile = "hub.pem"

// OwnCertificate returns the hub's self-signed certificate and its fingerprint, for
// tls: {mode: auto}. It is created once, valid for ten years, and kept in dir with mode 0600. A
// damaged file is an error and is not replaced: desktops have pinned the certificate.
func OwnCertificate(dir string) (tls.Certificate, string, error) {
	path := filepath.Join(dir, certificateFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if raw, err = makeCertificate(time.Now()); err == nil {
			err = writeOnce(path, raw)
		}
		if errors.Is(err, fs.ErrExist) { // another process was faster
			raw, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return tls.Certificate{}, "", fmt.Errorf("hub certificate: %w", err)
	}
	cert, err := tls.X509KeyPair(raw, raw)
	if err != nil {
		return tls.Certificate{}, "",
			fmt.Errorf("hub certificate %s is damaged (restore it from a backup; or remove it, and every desktop "+
				"must trust a new one): %w", path, err)
	}
	return cert, protocol.Fingerprint(cert.Certificate[0]), nil
}

func makeCertificate(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	names := []string{"localhost"}
	if host, err := os.Hostname(); err == nil && host != "" && host != "localhost" {
		names = append(names, host)
	}
	template := x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Traybell hub on " + names[len(names)-1]},
		NotBefore:    now.Add(-24 * time.Hour), // clocks differ
		NotAfter:     now.AddDate(10, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     names,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	out := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return append(out, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...), nil
}

// writeOnce creates a file atomically, with mode 0600; fs.ErrExist if there is one.
func writeOnce(path string, raw []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	// Link, unlike rename, does not replace. Without hard links, fall back to rename.
	if err = os.Link(f.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(f.Name(), path)
}
