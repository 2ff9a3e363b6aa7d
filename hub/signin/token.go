package signin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"
	"time"
)

// A device gets a token at each sign-in and presents it with the password at the next one. A token
// is not a credential: without the password it opens nothing. The hub stores none: a token has the
// time and two codes, keyed with the hub's key.
//
// The device's code covers the account, the hash of its password and the device. It shows that the
// device signed in before: its attempts are limited by themselves, and strangers' failures do not
// concern them.
//
// The resume code also covers the network and the password. It shows that this password was
// verified, so that a hub that has restarted does not verify ten thousand of them again.
const (
	tokenVersion = 1
	resumeFor    = 72 * time.Hour // a weekend
	clockSkew    = 5 * time.Minute

	// TokenFor is how long a token counts.
	TokenFor = 90 * 24 * time.Hour
	// RenewAfter is the age at which a device that stays signed in gets a new token.
	RenewAfter = 24 * time.Hour
)

// code is a message authentication code.
type code [16]byte

// token is what a client presents.
type token struct {
	issued         time.Time
	device, resume code
}

// Grant is a successful sign-in.
type Grant struct {
	Account Account
	// when the token was issued that stood for the verification of the password; zero: none did
	Issued time.Time

	device, region string
	proof          code // of the password
	peers          code // of the accounts that the password was compared with
}

// KeyLength is the length of a key for New, in bytes.
const KeyLength = 32

// mac returns the code of fields. The first one says what it is for.
func (g *Guard) mac(fields ...string) (c code) {
	h := hmac.New(sha256.New, g.key)
	var length [4]byte
	for _, f := range fields {
		binary.BigEndian.PutUint32(length[:], uint32(len(f)))
		h.Write(length[:])
		_, _ = io.WriteString(h, f)
	}
	copy(c[:], h.Sum(nil))
	return c
}

// sum is the proof that a password is that of an account.
func (g *Guard) sum(c Account, password string) code { return g.mac("password", c.Hash, password) }

// grant is the sign-in of an account that was found among candidates.
func (g *Guard) grant(a Attempt, c Account, candidates []Account) Grant {
	hashes := make([]string, 0, len(candidates)+1)
	hashes = append(hashes, "peers")
	for _, p := range candidates {
		hashes = append(hashes, p.Hash)
	}
	return Grant{
		Account: c, device: a.Device, region: region(a.Address),
		proof: g.sum(c, a.Password), peers: g.mac(hashes...),
	}
}

// Token returns a new token for the device of a grant; empty if the device has no name.
func (g *Guard) Token(of Grant) string {
	if of.device == "" {
		return ""
	}
	now := time.Now()
	raw := make([]byte, 0, 41)
	raw = append(raw, tokenVersion)
	raw = binary.BigEndian.AppendUint64(raw, uint64(now.Unix()))
	device, resume := g.deviceCode(now, of.Account, of.device), g.resumeCode(now, of)
	raw = append(append(raw, device[:]...), resume[:]...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (g *Guard) deviceCode(issued time.Time, c Account, device string) code {
	return g.mac("device", seconds(issued), c.Login, c.Hash, device)
}

func (g *Guard) resumeCode(issued time.Time, of Grant) code {
	return g.mac("resume", seconds(issued), of.Account.Login, of.device, of.region, string(of.proof[:]),
		string(of.peers[:]))
}

func seconds(t time.Time) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(t.Unix())))
}

// parse reads a token. What was issued too long ago or in the future is none.
func parse(text string) (t token, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != 41 || raw[0] != tokenVersion {
		return token{}, false
	}
	t.issued = time.Unix(int64(binary.BigEndian.Uint64(raw[1:])), 0)
	copy(t.device[:], raw[9:])
	copy(t.resume[:], raw[25:])
	age := time.Since(t.issued)
	return t, age > -clockSkew && age < TokenFor
}

// holder returns the index of the candidate who got the token of an attempt; -1: none of them.
func (g *Guard) holder(a Attempt, candidates []Account) (int, token) {
	if a.Token == "" || a.Device == "" {
		return -1, token{}
	}
	t, ok := parse(a.Token)
	if !ok {
		return -1, token{}
	}
	for i, c := range candidates {
		want := g.deviceCode(t.issued, c, a.Device)
		if hmac.Equal(want[:], t.device[:]) && !g.Revoked(c.Login, a.Device, t.issued) {
			return i, t
		}
	}
	return -1, token{}
}

// resumes reports whether the password of a grant was verified when the token was issued.
func (g *Guard) resumes(t token, with Grant) bool {
	want := g.resumeCode(t.issued, with)
	return time.Since(t.issued) < resumeFor && hmac.Equal(want[:], t.resume[:])
}
