//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"traybell/hub/api"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
)

// board is a supervisor with a token, who listens at the phone 102.
type board struct {
	*controlScene
	token string
}

func (b *board) send(method, path string, in, out any) int {
	b.Helper()
	body, err := json.Marshal(in)
	b.must(err)
	if in == nil {
		body = nil
	}
	r, err := http.NewRequestWithContext(b.ctx, method, "https://"+b.hub.Addr()+"/api/1"+path, bytes.NewReader(body))
	b.must(err)
	r.Header.Set("Authorization", "Bearer "+b.token)
	r.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the hub of the test
		DisableKeepAlives: true,
	}}
	answer, err := client.Do(r)
	b.must(err)
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	b.must(err)
	if out != nil {
		b.must(json.Unmarshal(raw, out))
	}
	return answer.StatusCode
}

// seen is the part of the board that the stories look at.
type seen struct {
	Agents []struct {
		Agent string
		Calls []struct {
			State string
			Can   []string
		}
	}
	Listenings []struct{ ID, Mode, Agent, Began string }
}

func (b *board) until(what string, is func(s seen) bool) {
	b.Helper()
	until(b.ctx, b.T, what, func() bool {
		var now seen
		b.send(http.MethodGet, "/board", nil, &now)
		return is(now)
	})
}

// talks has a customer talk with Anna at 101, whom the board offers to listen to.
func (b *board) talks() (customer, anna *phones.Call) {
	b.Helper()
	customer = b.calls()
	anna = b.rings("101")
	b.must(anna.Answer(b.ctx))
	b.must(customer.WaitHeard(b.ctx))
	b.until("the board offers to listen", func(s seen) bool {
		for _, a := range s.Agents {
			if a.Agent == "anna" && len(a.Calls) == 1 && strings.Join(a.Calls[0].Can, " ") == "listen whisper barge" {
				return true
			}
		}
		return false
	})
	return customer, anna
}

// listens has the supervisor's phone ring and answer. end stops it.
func (b *board) listens(mode string) (at *phones.Call, end func()) {
	b.Helper()
	var l struct{ ID string }
	if status := b.send(http.MethodPost, "/board/listenings",
		map[string]string{"agent": "anna", "mode": mode, "phone": "102"}, &l); status != http.StatusOK {
		b.Fatalf("%s: %d", mode, status)
	}
	at = b.rings("102")
	b.must(at.Answer(b.ctx))
	b.until("the supervisor listens", func(s seen) bool {
		return len(s.Listenings) == 1 && s.Listenings[0].Mode == mode && s.Listenings[0].Began != ""
	})
	return at, func() {
		b.Helper()
		if status := b.send(http.MethodDelete, "/board/listenings/"+url.PathEscape(l.ID), nil, nil); status !=
			http.StatusNoContent {
			b.Errorf("the end: %d", status)
		}
		b.must(at.WaitEnded(b.ctx))
		b.over()
	}
}

func (b *board) over() {
	b.Helper()
	b.until("no supervisor listens", func(s seen) bool { return len(s.Listenings) == 0 })
}

// hears checks who hears somebody speak: all of the first ones do, and none of the others, while a
// second of speech is sent.
func (b *board) hears(speaker *phones.Call, hear, deaf []*phones.Call) {
	b.Helper()
	before := map[*phones.Call]int64{}
	for _, c := range append(append([]*phones.Call{}, hear...), deaf...) {
		before[c] = phones.Loud(c)
	}
	from := phones.Spoken(speaker)
	phones.Speak(speaker, true)
	until(b.ctx, b.T, "a second of speech is sent", func() bool { return phones.Spoken(speaker) >= from+50 })
	for _, c := range hear {
		until(b.ctx, b.T, "the speech is heard", func() bool { return phones.Loud(c) > before[c]+10 })
	}
	phones.Speak(speaker, false)
	for _, c := range deaf {
		if n := phones.Loud(c) - before[c]; n > 0 {
			b.Errorf("%d packets of the speech are heard by one who must not hear it", n)
		}
	}
	for _, c := range hear { // the last of it is on its way
		until(b.ctx, b.T, "it is quiet", func() bool {
			n := phones.Loud(c)
			time.Sleep(100 * time.Millisecond)
			return phones.Loud(c) == n
		})
	}
}

// TestSupervisorListensOnARealAsterisk has a supervisor listen, whisper and barge with real phones,
// whose sound is counted.
func TestSupervisorListensOnARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			lab.StartAsterisk(t, version)
			token, hash := api.NewToken()
			d := newControlDesk(t, "full", fmt.Sprintf(
				"api: {tokens: [{name: boss, hash: %s, scopes: [supervise]}]}\n", hash))
			for _, story := range listeningStories {
				t.Run(story.name, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					b := &board{&controlScene{T: t, ctx: ctx, controlDesk: d}, token}
					defer b.clear()
					story.play(b)
				})
			}
		})
	}
}

var listeningStories = []struct {
	name string
	play func(b *board)
}{
	{"listen, whisper, barge", func(b *board) {
		customer, anna := b.talks()
		boss, end := b.listens("listen")
		b.hears(customer, []*phones.Call{boss, anna}, nil)
		b.hears(anna, []*phones.Call{boss, customer}, nil)
		b.hears(boss, nil, []*phones.Call{anna, customer})
		end()
		boss, end = b.listens("whisper")
		b.hears(customer, []*phones.Call{boss, anna}, nil)
		b.hears(boss, []*phones.Call{anna}, []*phones.Call{customer})
		end()
		boss, _ = b.listens("barge")
		b.hears(boss, []*phones.Call{anna, customer}, nil)
		b.must(anna.HangUp(b.ctx))
		b.must(boss.WaitEnded(b.ctx))
		b.over()
		var changes struct {
			Items []struct{ Action, Object, Detail, Who string }
		}
		until(b.ctx, b.T, "the audit has all of it", func() bool {
			b.send(http.MethodGet, "/audit", nil, &changes)
			found := 0
			for _, c := range changes.Items {
				if strings.HasSuffix(c.Action, ".ended") && c.Object == "anna" && c.Who == "boss" &&
					strings.Contains(c.Detail, "phone 102, from ") {
					found++
				}
			}
			return found == 3
		})
	}},
	{"a transfer ends it: the next one is not heard", func(b *board) {
		customer, anna := b.talks()
		boss, _ := b.listens("listen")
		b.must(anna.Transfer(b.ctx, "103"))
		b.must(boss.WaitEnded(b.ctx))
		b.over()
		clara := b.rings("103")
		b.must(clara.Answer(b.ctx))
		b.hears(clara, []*phones.Call{customer}, []*phones.Call{boss})
		b.must(customer.HangUp(b.ctx))
	}},
	{"the customer hangs up", func(b *board) {
		customer, _ := b.talks()
		boss, _ := b.listens("listen")
		b.must(customer.HangUp(b.ctx))
		b.must(boss.WaitEnded(b.ctx))
		b.over()
	}},
	{"the supervisor declines", func(b *board) {
		customer, _ := b.talks()
		b.send(http.MethodPost, "/board/listenings",
			map[string]string{"agent": "anna", "mode": "barge", "phone": "102"}, nil)
		b.must(b.rings("102").Busy())
		b.over()
		b.must(customer.HangUp(b.ctx))
	}},
}

// TestSupervisorWithoutTheRightOfThePBX reads what is missing.
func TestSupervisorWithoutTheRightOfThePBX(t *testing.T) {
	lab.StartAsterisk(t, "22")
	token, hash := api.NewToken()
	d := newControlDesk(t, "otrs", fmt.Sprintf("api: {tokens: [{name: boss, hash: %s, scopes: [supervise]}]}\n", hash))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b := &board{&controlScene{T: t, ctx: ctx, controlDesk: d}, token}
	defer b.clear()
	customer := b.calls()
	b.must(b.rings("101").Answer(b.ctx))
	b.must(customer.WaitHeard(b.ctx))
	b.until("Anna talks", func(s seen) bool {
		for _, a := range s.Agents {
			if a.Agent == "anna" && len(a.Calls) == 1 && a.Calls[0].State == "answered" {
				return len(a.Calls[0].Can) == 0
			}
		}
		return false
	})
	var refused struct{ Detail string }
	if status := b.send(http.MethodPost, "/board/listenings",
		map[string]string{"agent": "anna", "mode": "listen", "phone": "102"}, &refused); status < 400 ||
		!strings.Contains(refused.Detail, "write = originate") {
		t.Errorf("%d %q", status, refused.Detail)
	}
	b.must(customer.HangUp(b.ctx))
}
