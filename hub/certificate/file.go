package certificate

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"traybell/shared/bounded"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxFile limits the size of a file, in bytes: a bundle of all public authorities has 250 kB.
const maxFile = 4 << 20

// maxOthers limits the types of blocks that an error text lists.
const maxOthers = 10

// content is what a file has.
type content struct {
	file         string
	certificates []*x509.Certificate
	keys         []crypto.Signer
	encrypted    bool     // it has an encrypted key
	others       []string // types of its other PEM blocks
}

func readFile(file string) (content, error) {
	raw, err := bounded.ReadFile(file, maxFile)
	var large *bounded.TooLargeError
	switch {
	case errors.As(err, &large):
		return content{}, fmt.Errorf("%w: not a certificate or key", err)
	case err != nil:
		return content{}, fileError(file, err)
	case len(bytes.TrimSpace(raw)) == 0:
		return content{}, fmt.Errorf("%s is empty", file)
	}
	// editors on Windows add a byte order mark, or save UTF-16
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), raw)
	if err != nil {
		return content{}, fmt.Errorf("read %s: %w", file, err)
	}
	c := content{file: file}
	if !bytes.Contains(text, []byte("-----BEGIN ")) {
		return c, c.der(raw)
	}
	return c, c.pem(text)
}

func (c *content) pem(text []byte) error {
	blocks := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		blocks++
		if err := c.block(block); err != nil {
			return fmt.Errorf("block %d of %s (%s) is damaged: %w; copy the file again", blocks, c.file, block.Type,
				err)
		}
	}
	if begun := bytes.Count(text, []byte("-----BEGIN ")); begun > blocks {
		return fmt.Errorf("%s is damaged: of %d blocks that begin with -----BEGIN, %d can be read; is a line missing "+
			"or broken? Copy the file again", c.file, begun, blocks)
	}
	return nil
}

func (c *content) block(b *pem.Block) error {
	der := b.Bytes
	switch {
	case b.Type == "ENCRYPTED PRIVATE KEY", b.Headers["DEK-Info"] != "":
		c.encrypted = true
		return nil
	case b.Type == "TRUSTED CERTIFICATE": // of OpenSSL: trust settings follow the certificate
		var first asn1.RawValue
		if _, err := asn1.Unmarshal(der, &first); err != nil {
			return err
		}
		der = first.FullBytes
		fallthrough
	case b.Type == "CERTIFICATE", b.Type == "X509 CERTIFICATE":
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		c.certificates = append(c.certificates, one)
	case b.Type == "PRIVATE KEY", b.Type == "RSA PRIVATE KEY", b.Type == "EC PRIVATE KEY":
		key, err := parseKey(der)
		if err != nil {
			return err
		}
		c.keys = append(c.keys, key)
	case b.Type != "EC PARAMETERS" && b.Type != "DH PARAMETERS" && len(c.others) < maxOthers &&
		!slices.Contains(c.others, b.Type):
		c.others = append(c.others, b.Type)
	}
	return nil
}

// parseKey reads PKCS #8 (RFC 5958), PKCS #1 (RFC 8017) and SEC 1 (RFC 5915).
func parseKey(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if rsa, e := x509.ParsePKCS1PrivateKey(der); e == nil {
			return rsa, nil
		}
		if ec, e := x509.ParseECPrivateKey(der); e == nil {
			return ec, nil
		}
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("this kind of key cannot sign; use RSA or ECDSA")
	}
	return signer, nil
}

// The first element of PKCS #7 (RFC 2315), and the version of PKCS #12 (RFC 7292).
var (
	signedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	pkcs12Version = 3
	javaKeystore  = []byte{0xfe, 0xed, 0xfe, 0xed}
)

// der reads a file that is not PEM.
func (c *content) der(raw []byte) error {
	if list, err := x509.ParseCertificates(raw); err == nil && len(list) > 0 {
		c.certificates = list
		return nil
	}
	if key, err := parseKey(raw); err == nil {
		c.keys = append(c.keys, key)
		return nil
	}
	var sequence asn1.RawValue
	if _, err := asn1.Unmarshal(raw, &sequence); err == nil && sequence.IsCompound {
		var kind asn1.ObjectIdentifier
		var version int
		if _, err := asn1.Unmarshal(sequence.Bytes, &kind); err == nil && kind.Equal(signedData) {
			return c.pkcs7("DER")
		}
		if _, err := asn1.Unmarshal(sequence.Bytes, &version); err == nil && version == pkcs12Version {
			return fmt.Errorf("%s is PKCS #12 (.pfx, .p12), which the hub does not read: run: openssl pkcs12 -in "+
				"%[1]s -nodes -out hub.pem, set `cert` and `key` to that file and make it readable only by the hub's "+
				"user",
				c.file)
		}
		if sequence.Tag == asn1.TagSequence {
			if _, err := asn1.Unmarshal(sequence.Bytes, &asn1.RawValue{}); err == nil {
				return c.derKey()
			}
		}
	}
	if bytes.HasPrefix(raw, javaKeystore) {
		return fmt.Errorf("%s is a Java keystore, which the hub does not read: export certificate and key as PEM",
			c.file)
	}
	return nil // without explains
}

// derKey is the error of a sequence that is neither certificate nor readable key.
func (c *content) derKey() error {
	return fmt.Errorf("%s is in a binary format that the hub does not read, perhaps an encrypted key: convert it to "+
		"PEM, with openssl x509 for a certificate or openssl pkey for a key (-inform DER -in %[1]s)", c.file)
}

func (c *content) pkcs7(form string) error {
	return fmt.Errorf("%s is PKCS #7 (.p7b), which the hub does not read: run: openssl pkcs7 -inform %s -in %[1]s "+
		"-print_certs -out hub.crt", c.file, form)
}

// without is the error of a file that lacks what it is for.
func (c *content) without(what, begin string) error {
	has := func(kind string) bool { return slices.Contains(c.others, kind) }
	switch {
	case has("PKCS7"), has("CMS"):
		return c.pkcs7("PEM")
	case has("CERTIFICATE REQUEST"), has("NEW CERTIFICATE REQUEST"):
		return fmt.Errorf("%s is a request for a certificate: use the certificate that the authority returned for it",
			c.file)
	case has("OPENSSH PRIVATE KEY"):
		return fmt.Errorf("%s is a key in the format of OpenSSH: run: ssh-keygen -p -m PEM -f %[1]s", c.file)
	case has("PUBLIC KEY"), has("RSA PUBLIC KEY"):
		return fmt.Errorf("%s has a public key: use the %s", c.file, what)
	case len(c.keys) > 0 || c.encrypted:
		return fmt.Errorf("%s has a private key and no certificate: are `cert` and `key` swapped?", c.file)
	case len(c.others) > 0:
		return fmt.Errorf("%s has no %s (%s), but %s", c.file, what, begin, strings.Join(c.others, ", "))
	}
	return fmt.Errorf("%s has no %s (%s)", c.file, what, begin)
}
