package recordings

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"traybell/hub/fail"
)

// links signs and reads links to the recordings of a call.
type links struct {
	key []byte
	now func() time.Time
}

var encoding = base64.RawURLEncoding

func (l links) sum(text string) string {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte(text))
	return encoding.EncodeToString(h.Sum(nil)[:20])
}

// token is what a link has: the call, when it was made and when it ends, and the signature.
func (l links) token(callID string, valid time.Duration) string {
	now := l.now()
	text := encoding.EncodeToString([]byte(strings.Join([]string{
		strconv.FormatInt(now.UnixMilli(), 36), strconv.FormatInt(now.Add(valid).Unix(), 36), callID,
	}, " ")))
	return text + "." + l.sum(text)
}

// read returns what a token says; ok is false if the hub did not sign it.
func (l links) read(token string) (callID string, made, ends time.Time, ok bool) {
	text, sum, _ := strings.Cut(token, ".")
	if !hmac.Equal([]byte(sum), []byte(l.sum(text))) {
		return "", made, ends, false
	}
	raw, err := encoding.DecodeString(text)
	parts := strings.SplitN(string(raw), " ", 3)
	if err != nil || len(parts) != 3 {
		return "", made, ends, false
	}
	began, err := strconv.ParseInt(parts[0], 36, 64)
	if err != nil {
		return "", made, ends, false
	}
	until, err := strconv.ParseInt(parts[1], 36, 64)
	return parts[2], time.UnixMilli(began), time.Unix(until, 0), err == nil
}

// LinkPath is the path of the pages that links lead to.
const LinkPath = "/recordings/"

// Link returns a link to the recordings of a call, for its ticket; empty if hub.yml wants none, or
// the hub's address is unknown.
func (s *Service) Link(callID string) string {
	rules := s.Rules()
	if len(rules.Sources) == 0 || rules.Links.Valid == 0 || rules.Links.Hub == "" {
		return ""
	}
	return strings.TrimRight(rules.Links.Hub, "/") + LinkPath + s.links.token(callID, rules.Links.Valid)
}

// TicketLink returns a link for the ticket of a call that a PBX has recorded; empty without a recording.
func (s *Service) TicketLink(ctx context.Context, callID string) string {
	if !s.On() {
		return ""
	}
	notes, _, err := s.Store.RecordingsOf(ctx, callID)
	if s.failed(err); len(notes) == 0 {
		return ""
	}
	return s.Link(callID)
}

// Linked returns the call that a link leads to. signIn says that the one who opens it must sign in and
// may listen to the call; otherwise the link is enough.
func (s *Service) Linked(ctx context.Context, token string) (callID string, signIn bool, err error) {
	rules := s.Rules().Links
	callID, made, ends, ok := s.links.read(token)
	if !ok || rules.Valid == 0 {
		return "", true, &fail.Error{Code: fail.NotFound, Text: "There is no such link."}
	}
	if s.Now().After(ends) {
		return "", true, &fail.Error{Code: fail.NotFound, Text: "This link has expired."}
	}
	revoked, err := s.Store.LinksRevoked(ctx, callID)
	if err != nil {
		return "", true, err
	}
	if !revoked.IsZero() && !made.After(revoked) {
		return "", true, &fail.Error{Code: fail.NotFound, Text: "This link was revoked."}
	}
	return callID, rules.SignIn, nil
}
