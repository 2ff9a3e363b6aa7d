package signin

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// A token that was revoked stands for no password, also after a restart. Other desktops keep theirs,
// and the same desktop gets a new one with the password.
func TestRevokedTokensDoNotCount(t *testing.T) {
	for name, revoke := range map[string]Revocation{
		"of a desktop":    {Login: "agent0", Device: "1000"},
		"of all desktops": {Login: "agent0"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				key := bytes.Repeat([]byte{7}, KeyLength)
				o := newOffice(t, 2)
				o.restart(key)
				tokens := make([]string, 2)
				for i := range tokens {
					tokens[i], _ = o.in(i, officeAddress, "")
				}
				time.Sleep(time.Minute)
				revoke.At = time.Now()
				kept := o.Revoke(revoke)
				hourAgo := Revocation{revoke.Login, revoke.Device, time.Now().Add(-time.Hour)}
				if older := o.Revoke(hourAgo); len(older) != 1 || !older[0].At.Equal(revoke.At) {
					t.Errorf("an older revocation replaced it: %v", older)
				}
				o.restart(key)
				o.Revoke(kept...)
				verified := func(i int, token string) (int64, string) {
					before := o.Verified()
					next, err := o.in(i, officeAddress, token)
					if err != nil {
						t.Fatal(err)
					}
					return o.Verified() - before, next
				}
				if n, _ := verified(1, tokens[1]); n != 0 {
					t.Error("a colleague's token does not count")
				}
				time.Sleep(time.Minute)
				n, next := verified(0, tokens[0])
				if n != 1 {
					t.Error("the revoked token stood for the password")
				}
				o.restart(key)
				if kept = o.Revoke(kept...); len(kept) != 1 {
					t.Errorf("kept: %v", kept)
				}
				if n, _ := verified(0, next); n != 0 {
					t.Error("the next token does not count")
				}
				time.Sleep(TokenFor + time.Hour)
				if kept = o.Revoke(); len(kept) != 0 {
					t.Errorf("kept for longer than tokens count: %v", kept)
				}
			})
		})
	}
}
