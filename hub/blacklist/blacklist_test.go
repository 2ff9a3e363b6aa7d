package blacklist_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
	"traybell/hub/blacklist"
	"traybell/hub/blocking"

	"github.com/google/go-cmp/cmp"
)

const number = "+74951234567"

// connect is a PBX on a real socket, and the hub's connection to it.
func connect(t *testing.T, users map[string]amitest.User) (*amitest.PBX, *blacklist.PBXs) {
	t.Helper()
	pbx, err := amitest.New(amitest.Options{Users: users})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pbx.Close() })
	client := ami.NewClient(ami.Config{
		Name: "main", Address: pbx.Addr(), Username: amitest.Username, Password: amitest.Secret, MD5: true,
		ActionTimeout: time.Second, Log: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(t.Context())
	working, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		_ = client.Run(ctx, func(ctx context.Context, _ *ami.Session) error {
			select {
			case working <- struct{}{}:
			case <-ctx.Done():
			}
			<-ctx.Done()
			return context.Cause(ctx)
		})
	}()
	t.Cleanup(func() { stop(); <-done })
	<-working
	b := blacklist.New()
	b.Add("main", client.Session)
	return pbx, b
}

func TestANumberIsBlockedAndUnblocked(t *testing.T) {
	pbx, b := connect(t, nil)
	pbx.Set("blacklist", "dest", "app-blackhole,hangup,1")
	pbx.Set("blacklist", "blocked", "1")
	before := pbx.Family("blacklist")

	if err := b.Block(t.Context(), "main", number, "Sells \"carpets\" & <rugs>\r\nAction: Command\tИван"); err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(before)
	want[number] = "Sells &#34;carpets&#34; &amp; &lt;rugs&gt; Action: Command Иван"
	if diff := cmp.Diff(want, pbx.Family("blacklist")); diff != "" {
		t.Errorf("blocked (-want +got):\n%s", diff)
	}
	if err := b.Block(t.Context(), "main", number, "another reason"); err != nil ||
		pbx.Family("blacklist")[number] != want[number] {
		t.Errorf("blocked again: %v, %v", err, pbx.Family("blacklist"))
	}
	if was, err := b.Unblock(t.Context(), "main", number); err != nil || !was {
		t.Errorf("unblocked: %v, %v", was, err)
	}
	if was, err := b.Unblock(t.Context(), "main", number); err != nil || was {
		t.Errorf("unblocked again: %v, %v", was, err)
	}
	if diff := cmp.Diff(before, pbx.Family("blacklist")); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
}

func TestDescriptions(t *testing.T) {
	pbx, b := connect(t, nil)
	for description, want := range map[string]string{
		"": "1", " \n ": "1", "a\x00b": "a b", "a  b": "a b",
		strings.Repeat("&", 100): strings.Repeat("&amp;", 40), // never half an entity
		strings.Repeat("я", 300): strings.Repeat("я", 100),    // never half a letter
	} {
		if err := b.Block(t.Context(), "main", number, description); err != nil {
			t.Fatal(err)
		}
		if got := pbx.Family("blacklist")[number]; got != want {
			t.Errorf("%q is kept as %q, want %q", description, got, want)
		}
		if _, err := b.Unblock(t.Context(), "main", number); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsNoNumberNeverReachesThePBX(t *testing.T) {
	pbx, b := connect(t, nil)
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
	if slices.ContainsFunc(pbx.Received(), func(a amitest.Action) bool {
		return strings.HasPrefix(a.Name(), "DB") || a.Name() == "Command"
	}) {
		t.Errorf("the PBX was asked: %v", pbx.Received())
	}
}

func TestWhatGoesWrongIsSaidInWords(t *testing.T) {
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
			pbx, b := connect(t, test.users)
			if test.before != nil {
				test.before(pbx)
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
	pbx, b := connect(t, nil)
	pbx.Set("blacklist", number, "1")
	pbx.Lie(amitest.Lies{Forgets: true})
	var refusal *blocking.Error
	if was, err := b.Unblock(t.Context(), "main", number); !was || !errors.As(err, &refusal) || !refusal.Uncertain {
		t.Errorf("an entry that stays: %v, %v", was, err)
	}
}

func TestPBXsComeAndGo(t *testing.T) {
	b := blacklist.New()
	none := func() (*ami.Session, bool) { return nil, false }
	for _, id := range []string{"main", "branch", "main"} {
		b.Add(id, none)
	}
	if got := b.PBXs(); !slices.Equal(got, []string{"main", "branch"}) {
		t.Errorf("%v", got)
	}
	b.Remove("main")
	if got := b.PBXs(); !slices.Equal(got, []string{"branch"}) {
		t.Errorf("%v", got)
	}
}
