package certificate

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"
)

// issuer has a key and its certificate.
type issuer struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func ecKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate of by; self-signed if by is nil. change edits the template.
func issue(t *testing.T, name string, key crypto.Signer, by *issuer, change func(*x509.Certificate)) issuer {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if strings.HasSuffix(name, "CA") {
		template.IsCA, template.KeyUsage, template.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	} else {
		template.DNSNames = []string{name}
	}
	if change != nil {
		change(template)
	}
	if by == nil {
		by = &issuer{key, template}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return issuer{key, cert}
}

func certPEM(list ...issuer) []byte {
	var out []byte
	for _, i := range list {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw})...)
	}
	return out
}

func keyDER(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func keyPEM(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER(t, key)})
}

func block(kind string) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte{0x30, 0}})
}

func load(t *testing.T, cert, key []byte) (*Certificate, error) {
	t.Helper()
	dir := t.TempDir()
	files := [2]string{filepath.Join(dir, "hub.crt"), filepath.Join(dir, "hub.key")}
	for i, text := range [2][]byte{cert, key} {
		if err := os.WriteFile(files[i], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(files[0], files[1])
}

func TestLoadAcceptsWhatCanBeRead(t *testing.T) {
	root := issue(t, "Root CA", ecKey(t), nil, nil)
	between := issue(t, "Issuing CA", ecKey(t), &root, nil)
	hub := issue(t, "hub.example.com", ecKey(t), &between, nil)
	old := issue(t, "hub.example.com", hub.key, &between, func(c *x509.Certificate) {
		c.NotAfter = time.Now().Add(-time.Minute)
	})
	cert, key := certPEM(hub, between, root), keyPEM(t, hub.key)
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(cert)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(hub.key.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	bom := []byte("\ufeff")
	for name, c := range map[string]struct {
		cert, key []byte
		chain     int
	}{
		"in order":         {cert, key, 3},
		"byte order mark":  {append(slices.Clone(bom), cert...), append(slices.Clone(bom), key...), 3},
		"UTF-16":           {utf16, key, 3},
		"CR LF":            {bytes.ReplaceAll(cert, []byte("\n"), []byte("\r\n")), key, 3},
		"reversed":         {certPEM(root, between, hub), key, 3},
		"root first":       {certPEM(root, hub, between), key, 3},
		"leaf alone":       {certPEM(hub), key, 1},
		"one file":         {append(slices.Clone(key), cert...), append(slices.Clone(key), cert...), 3},
		"DER":              {hub.cert.Raw, keyDER(t, hub.key), 1},
		"EC key in DER":    {hub.cert.Raw, sec1, 1},
		"parameters first": {cert, append(block("EC PARAMETERS"), key...), 3},
		"several keys":     {cert, append(keyPEM(t, ecKey(t)), key...), 3},
		"old one first":    {certPEM(old, hub, between), key, 2},
		"text around it":   {append([]byte("subject=CN = hub\nissuer=CN = CA\n"), cert...), key, 3},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := load(t, c.cert, c.key)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Leaf.Equal(hub.cert) || len(got.Certificate.Certificate) != c.chain ||
				!bytes.Equal(got.Certificate.Certificate[0], hub.cert.Raw) {
				t.Errorf("%s with %d certificates", got.Leaf.Subject, len(got.Certificate.Certificate))
			}
			if c.chain == 3 && !bytes.Equal(got.Certificate.Certificate[2], root.cert.Raw) {
				t.Error("the root is not last")
			}
		})
	}
}

func TestLoadNamesFileAndFix(t *testing.T) {
	root := issue(t, "Root CA", ecKey(t), nil, nil)
	hub := issue(t, "hub.example.com", ecKey(t), &root, nil)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	odd, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := certPEM(hub), keyPEM(t, hub.key)
	legacy := pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"},
		Bytes: x509.MarshalPKCS1PrivateKey(small),
	})
	pkcs12 := []byte{0x30, 0x08, 0x02, 0x01, 0x03, 0x30, 0x03, 0x06, 0x01, 0x2a}
	pkcs7 := []byte{0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}
	for name, c := range map[string]struct {
		cert, key []byte
		at, want  string
	}{
		"key does not fit":     {cert, keyPEM(t, ecKey(t)), "key", "does not belong to the certificate"},
		"leaf missing":         {certPEM(root), key, "cert", "only certificates of authorities (Root CA)"},
		"swapped":              {key, cert, "key", "swapped"},
		"key twice":            {key, key, "cert", "swapped"},
		"encrypted":            {cert, block("ENCRYPTED PRIVATE KEY"), "key", "openssl pkey"},
		"encrypted, old form":  {cert, legacy, "key", "openssl pkey"},
		"OpenSSH key":          {cert, block("OPENSSH PRIVATE KEY"), "key", "ssh-keygen -p -m PEM"},
		"public key":           {cert, block("PUBLIC KEY"), "key", "public key"},
		"request":              {block("CERTIFICATE REQUEST"), key, "cert", "request for a certificate"},
		"PKCS #12":             {pkcs12, key, "cert", "openssl pkcs12"},
		"PKCS #12 as the key":  {cert, pkcs12, "key", "openssl pkcs12"},
		"PKCS #7":              {pkcs7, key, "cert", "openssl pkcs7 -inform DER"},
		"many other blocks":    {bytes.Repeat(slices.Concat(block("A"), block("B")), 99), key, "cert", ", but A, B\n"},
		"PKCS #7 in PEM":       {block("PKCS7"), key, "cert", "openssl pkcs7 -inform PEM"},
		"Java keystore":        {[]byte{0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2}, key, "cert", "Java keystore"},
		"empty":                {nil, key, "cert", "is empty"},
		"not a certificate":    {[]byte("hub.example.com"), key, "cert", "no certificate"},
		"cut off":              {cert[:len(cert)/2], key, "cert", "damaged"},
		"second block cut off": {append(slices.Clone(cert), cert[:200]...), key, "cert", "damaged"},
		"bad content":          {block("CERTIFICATE"), key, "cert", "damaged"},
		"curve without TLS": {
			certPEM(issue(t, "hub", odd, nil, nil)), keyPEM(t, odd), "cert", "cannot be used for TLS",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, c.cert, c.key)
			var option *OptionError
			if !errors.As(err, &option) || option.Key != c.at || !strings.Contains(err.Error()+"\n", c.want) ||
				!strings.Contains(err.Error(), map[string]string{"cert": "hub.crt", "key": "hub.key"}[c.at]) {
				t.Errorf("%v\nwant: %s: %s", err, c.at, c.want)
			}
		})
	}
}

func TestDoubts(t *testing.T) {
	root := issue(t, "Root CA", ecKey(t), nil, nil)
	between := issue(t, "Issuing CA", ecKey(t), &root, nil)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	rsaRoot := issue(t, "RSA CA", small, nil, nil)
	for name, c := range map[string]struct {
		key    crypto.Signer
		change func(*x509.Certificate)
		chain  []issuer
		host   string
		want   string
	}{
		"none": {chain: []issuer{between, root}, host: "hub.example.com"},
		"soon": {change: func(c *x509.Certificate) {
			c.NotAfter = time.Now().AddDate(0, 0, 7)
		}, want: "expires on"},
		"weak key": {key: small, want: "1024 bits"},
		"SHA-1": {
			change: func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }, chain: []issuer{rsaRoot},
			want: "SHA1-RSA",
		},
		"no name": {change: func(c *x509.Certificate) { c.DNSNames = nil }, want: "names no host"},
		"other name": {
			change: func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 7)} },
			host:   "pbx.example.com",
			want:   "is for hub.example.com, 192.0.2.7, not for pbx.example.com",
		},
		"by address": {
			change: func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 7)} }, host: "192.0.2.7",
		},
		"for clients": {
			change: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} },
			want:   "not meant for servers",
		},
		"no intermediate": {chain: []issuer{}, want: "authority CN=Issuing CA is neither in the file"},
	} {
		t.Run(name, func(t *testing.T) {
			key, by, rest := c.key, &between, c.chain
			if key == nil {
				key = ecKey(t)
			}
			if name == "SHA-1" {
				by = &rsaRoot
			}
			if rest == nil {
				rest = []issuer{between, root}
			}
			hub := issue(t, "hub.example.com", key, by, c.change)
			cert, err := load(t, certPEM(append([]issuer{hub}, rest...)...), keyPEM(t, key))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(cert.Doubts(time.Now(), c.host), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestValid(t *testing.T) {
	hub := issue(t, "hub", ecKey(t), nil, nil)
	cert, err := load(t, certPEM(hub), keyPEM(t, hub.key))
	if err != nil {
		t.Fatal(err)
	}
	for when, want := range map[time.Time]string{
		time.Now(): "", time.Now().AddDate(2, 0, 0): "expired on", time.Now().AddDate(-1, 0, 0): "not valid before",
	} {
		if err := cert.Valid(when); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", when, err)
		}
	}
}

func TestAuthorities(t *testing.T) {
	root := issue(t, "Root CA", ecKey(t), nil, nil)
	for name, text := range map[string][]byte{
		"PEM": certPEM(root), "byte order mark": append([]byte("\ufeff"), certPEM(root)...), "DER": root.cert.Raw,
	} {
		file := filepath.Join(t.TempDir(), "ca")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		pool, err := Authorities(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := root.cert.Verify(x509.VerifyOptions{Roots: pool}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
