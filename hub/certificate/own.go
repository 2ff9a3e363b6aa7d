package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
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
)

// File holds the generated certificate and its key, in the data folder.
const File = "hub.pem"

// Own returns the hub's self-signed certificate, for tls: {mode: auto}. It is created once, valid
// for ten years, and kept in dir with mode 0600. A damaged file is an error and is not replaced:
// desktops have pinned the certificate.
func Own(dir string) (*Certificate, error) {
	c, err := ReadOwn(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	raw, err := makeCertificate(time.Now())
	if err == nil {
		err = writeOnce(filepath.Join(dir, File), raw)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) { // otherwise another process was faster
		return nil, fmt.Errorf("hub certificate: %w", err)
	}
	return ReadOwn(dir)
}

// ReadOwn is Own without creating it: fs.ErrNotExist before the first start.
func ReadOwn(dir string) (*Certificate, error) {
	path := filepath.Join(dir, File)
	c, err := Load(path, path)
	var option *OptionError
	if errors.As(err, &option) {
		err = option.Err // there is no key of hub.yml for it
	}
	var file *fs.PathError
	switch {
	case errors.As(err, &file):
		return nil, fmt.Errorf("hub certificate: %w", err)
	case err != nil:
		return nil, fmt.Errorf("hub certificate %s is damaged (restore it from a backup; or remove it, and every "+
			"desktop must trust a new one): %w", path, err)
	}
	return c, nil
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
