package callpage

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
)

// TokenPrefix marks a token of a page, so that it is recognized where it should not be.
const TokenPrefix = "tbs_"

// A token is a signature, the time, the login and the call. The signature is also of the hash of the
// agent's password: another password makes the token void. It survives a restart of the hub; what the
// hub knows of the call decides whether it is valid still.
const (
	signature = sha256.Size
	stamp     = 8
)

var encoding = base64.RawURLEncoding

func (s *Service) token(login, call string) string {
	now := s.o.Now()
	said := binary.BigEndian.AppendUint64(nil, uint64(now.Unix())) //nolint:gosec // after 1970
	said = append(said, login+"\x00"+call...)
	return TokenPrefix + encoding.EncodeToString(append(s.sign(said, s.o.Password(login, now)), said...))
}

func (s *Service) read(token string) (login, call string, issued time.Time, ok bool) {
	text, marked := strings.CutPrefix(token, TokenPrefix)
	raw, err := encoding.DecodeString(text)
	if !marked || err != nil || len(raw) < signature+stamp {
		return "", "", issued, false
	}
	said := raw[signature:]
	issued = time.Unix(int64(binary.BigEndian.Uint64(said)), 0) //nolint:gosec // the signature is checked
	login, call, ok = strings.Cut(string(said[stamp:]), "\x00")
	hash := s.o.Password(login, issued)
	ok = ok && hash != "" && hmac.Equal(raw[:signature], s.sign(said, hash))
	return login, call, issued, ok
}

func (s *Service) sign(said []byte, hash string) []byte {
	h := hmac.New(sha256.New, s.o.Key)
	of := sha256.Sum256([]byte(hash))
	h.Write(of[:])
	h.Write(said)
	return h.Sum(nil)
}
