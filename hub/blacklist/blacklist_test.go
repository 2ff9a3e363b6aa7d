package blacklist_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"traybell/hub/ami/amitest"
	"traybell/hub/blacklist"
	"traybell/hub/blocking"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

const number = "+74951234567"

// connect starts a PBX on a real socket and connects to it.
func connect(t *testing.T, users map[string]amitest.User) (*amitest.PBX, *blacklist.Blacklists) {
	t.Helper()
	p, err := amitest.New(amitest.Options{Users: users})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	working := make(chan struct{})
	var once sync.Once
	cfg := pbx.Config{OnState: func(s pbx.Status) {
		if s.State == protocol.PBXWorking {
			once.Do(func() { close(working) })
		}
	}}
	cfg.Name, cfg.Address, cfg.Username, cfg.Password = "main", p.Addr(), amitest.Username, amitest.Secret
	cfg.MD5, cfg.ActionTimeout = true, time.Second
	var set pbx.Set
	set.Start(t.Context(), cfg)
	t.Cleanup(set.StopAll)
	<-working
	return p, blacklist.New(&set)
}

func TestBlockAndUnblock(t *testing.T) {
	p, b := connect(t, nil)
	p.Set("blacklist", "dest", "app-blackhole,hangup,1")
	p.Set("blacklist", "blocked", "1")
	before := p.Family("blacklist")

	const description = "Sells \"carpets\" & <rugs>\r\nAction: Command\tИван"
	if err := b.Block(t.Context(), "main", number, description); err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(before)
	want[number] = "Sells &#34;carpets&#34; &amp; &lt;rugs&gt; Action: Command Иван"
	if diff := cmp.Diff(want, p.Family("blacklist")); diff != "" {
		t.Errorf("blocked (-want +got):\n%s", diff)
	}
	if err := b.Block(t.Context(), "main", number, "another reason"); err != nil ||
		p.Family("blacklist")[number] != want[number] {
		t.Errorf("blocked again: %v, %v", err, p.Family("blacklist"))
	}
	if was, err := b.Unblock(t.Context(), "main", number); err != nil || !was {
		t.Errorf("unblocked: %v, %v", was, err)
	}
	if was, err := b.Unblock(t.Context(), "main", number); err != nil || was {
		t.Errorf("unblocked again: %v, %v", was, err)
	}
	if diff := cmp.Diff(before, p.Family("blacklist")); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
}

func TestDescriptions(t *testing.T) {
	p, b := connect(t, nil)
	for description, want := range map[string]string{
		"": "1", " \n ": "1", "a\x00b": "a b", "a  b": "a b",
		strings.Repeat("&", 100): strings.Repeat("&amp;", 40), // never half an entity
		strings.Repeat("я", 300): strings.Repeat("я", 100),    // never half a letter
	} {
		if err := b.Block(t.Context(), "main", number, description); err != nil {
			t.Fatal(err)
		}
		if got := p.Family("blacklist")[number]; got != want {
			t.Errorf("%q becomes %q, want %q", description, got, want)
		}
		if _, err := b.Unblock(t.Context(), "main", number); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnlyNumbersReachThePBX(t *testing.T) {
	p, b := connect(t, nil)
	for _, hostile := range []string{
		"", "dest", "blocked", "Blocked", "7495\r\nAction: Command\r\nCommand: core stop now", "7495\n", "%", "7495%",
		"_7495", "*", "+", "7495*", "74 95", "blacklist/7495", "/", "7495\x00", "٧٤٩٥",
		strings.Repeat("7", 33),
	} {
		for what, err := range map[string]error{
			"blocked":   b.Block(t.Context(), "main", hostile, ""),
			"unblocked": func() error { _, err := b.Unblock(t.Context(), "main", hostile); return err }(),
		} {
			var refusal *blocking.Error
			if !errors.As(err, &refusal) || refusal.Uncertain {
				t.Errorf("%q was %s: %v", hostile, what, err)
			}
		}
	}
	if slices.ContainsFunc(p.Received(), func(a amitest.Action) bool {
		return strings.HasPrefix(a.Name(), "DB") || a.Name() == "Command"
	}) {
		t.Errorf("the PBX got %v", p.Received())
	}
}

func TestErrorsForAgents(t *testing.T) {
	reads := map[string]amitest.User{
		amitest.Username: {Secret: amitest.Secret, Read: []string{"system", "call"}, Write: []string{"reporting"}},
	}
	nothing := map[string]amitest.User{amitest.Username: {Secret: amitest.Secret, Read: []string{"system", "call"}}}
	for _, test := range []struct {
		name, pbx, want string
		users           map[string]amitest.User
		before          func(*amitest.PBX)
		uncertain       bool
	}{
		{name: "no right to write", users: reads, want: "write = system"},
		{name: "no right to read", users: nothing, want: "write = system"},
		{name: "it forgets", before: func(p *amitest.PBX) {
			p.Lie(amitest.Lies{Forgets: true})
		}, want: "not on its blacklist", uncertain: true},
		{name: "it does not answer", before: func(p *amitest.PBX) {
			p.Lie(amitest.Lies{Mute: true})
		}, want: "does not answer"},
		{name: "not connected", before: func(p *amitest.PBX) {
			if err := p.Stop(); err != nil {
				t.Fatal(err)
			}
		}, want: "PBX main "},
		{name: "another PBX", pbx: "branch", want: "no PBX branch"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, b := connect(t, test.users)
			if test.before != nil {
				test.before(p)
			}
			id := test.pbx
			if id == "" {
				id = "main"
			}
			err := b.Block(t.Context(), id, number, "")
			var refusal *blocking.Error
			if !errors.As(err, &refusal) || !strings.Contains(refusal.Reason, test.want) ||
				refusal.Uncertain != test.uncertain {
				t.Errorf("got %+v (%v)", refusal, err)
			}
		})
	}
	p, b := connect(t, nil)
	p.Set("blacklist", number, "1")
	p.Lie(amitest.Lies{Forgets: true})
	var refusal *blocking.Error
	if was, err := b.Unblock(t.Context(), "main", number); !was || !errors.As(err, &refusal) || !refusal.Uncertain {
		t.Errorf("an entry that stays: %v, %v", was, err)
	}
}
