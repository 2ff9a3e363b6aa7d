package deviceuser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/pbx"
)

// db is an AstDB that counts its reads.
type db struct {
	mu      sync.Mutex
	entries map[string]string
	err     error
	reads   int
}

func (d *db) get(_ context.Context, family, key string) (string, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	value, ok := d.entries[family+"/"+key]
	return value, ok, d.err
}

func (d *db) set(err error, pairs ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err, d.reads = err, 0
	for i := 0; i < len(pairs); i += 2 {
		d.entries[pairs[i]] = pairs[i+1]
	}
}

func (d *db) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reads
}

// follow returns the users of agents' extensions; wait waits for what runs in the background.
func follow(t *testing.T, d *db, extensions ...string) (u *Users, log *strings.Builder, wait func()) {
	t.Helper()
	var work sync.WaitGroup
	log = &strings.Builder{}
	u = New(t.Context(), Options{
		Get: d.get, Extensions: func() []string { return extensions }, Go: work.Go,
		Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	return u, log, work.Wait
}

func expect(t *testing.T, u *Users, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := u.Of(pairs[i]); got != pairs[i+1] {
			t.Errorf("at %s is %s, want %s", pairs[i], got, pairs[i+1])
		}
	}
}

func TestUsersOfDevices(t *testing.T) {
	d := &db{entries: map[string]string{
		"AMPUSER/1105/device": "105&106", "DEVICE/105/user": "1105", "DEVICE/106/user": "1105", // ad-hoc
		// fixed, with a browser
		"AMPUSER/101/device": "101&99101", "DEVICE/101/user": "101", "DEVICE/99101/user": "101",
		"AMPUSER/1107/device": "107", "DEVICE/107/user": "1108", // left from an earlier login
		"AMPUSER/1108/device": "107&none",
		"AMPUSER/1109/device": "109",  // its device has no entry
		"DEVICE/110/user":     "1999", // a user who is no agent at the device of an agent's number
		"AMPUSER/111/device":  "none", // logged out
		"DEVICE/111/user":     "none",
		"AMPUSER/113/device":  "113", "DEVICE/113/user": "113", "DEVICE/113/dial": "DAHDI/5", // an analog phone
		"DEVICE/114/user": "114", "DEVICE/114/dial": "PJSIP/89161234567@trunk", // a mobile as an extension
		"DEVICE/115/user": "115", "DEVICE/115/dial": "PJSIP/115",
	}}
	u, _, _ := follow(t, d, "1105", "101", "1107", "1108", "1109", "110", "111", "112", "113", "114", "115")
	expect(t, u, "105", "105") // before the connection
	u.Connected(1, time.Time{})
	expect(t, u, "105", "1105", "106", "1105", "101", "101", "99101", "101", "107", "1108", "109", "1109",
		"110", "1999",
		"111", "111", "112", "112", "none", "none", "", "", "5", "113", "115", "115", "trunk", "trunk",
		"89161234567@trunk", "89161234567@trunk")
}

func event(name, channel, exten string) wire.Message {
	return wire.NewMessage(wire.Field{Key: "Event", Value: name}, wire.Field{Key: "Channel", Value: channel},
		wire.Field{Key: "Exten", Value: exten}, wire.Field{Key: "Uniqueid", Value: "1." + channel})
}

// A login and a logout by feature code are read when the call to it is over, with one request.
func TestLoginByFeatureCode(t *testing.T) {
	d := &db{entries: map[string]string{"AMPUSER/1105/device": "none", "DEVICE/105/user": "none"}}
	u, _, wait := follow(t, d, "1105")
	u.Connected(1, time.Time{})
	u.Resync(nil, nil, time.Now())
	expect(t, u, "105", "105")
	for _, c := range []struct{ exten, user, want string }{
		{"*11", "1105", "1105"}, {"*12", "none", "105"}, {"*111106", "1106", "1106"}, {"*11", "105", "105"},
	} {
		u.Event(event("Newchannel", "PJSIP/105-00000001", c.exten), time.Now())
		d.set(nil, "DEVICE/105/user", c.user)
		u.Event(event("Hangup", "PJSIP/105-00000001", ""), time.Now())
		wait()
		expect(t, u, "105", c.want)
		if n := d.count(); n != 1 {
			t.Errorf("%d reads", n)
		}
	}
	d.set(nil, "DEVICE/105/user", "1105")
	for _, channel := range []string{"PJSIP/105-00000002", "Local/*11@from-internal-00000001;1"} {
		exten := "102"
		if strings.HasPrefix(channel, "Local") {
			exten = "*11"
		}
		u.Event(event("Newchannel", channel, exten), time.Now())
		u.Event(event("Hangup", channel, ""), time.Now())
	}
	wait()
	if n := d.count(); n != 0 {
		t.Errorf("%d reads after calls to no feature code", n)
	}
}

// A login that was made in another way is read with the next snapshot; without FreePBX nothing is.
func TestSnapshotsReadAgain(t *testing.T) {
	d := &db{entries: map[string]string{"AMPUSER/1105/device": "none"}}
	u, _, wait := follow(t, d, "1105")
	u.Connected(1, time.Time{})
	u.Resync(nil, nil, time.Now())
	d.set(nil, "AMPUSER/1105/device", "105", "DEVICE/105/user", "1105")
	u.Resync(nil, nil, time.Now())
	wait()
	expect(t, u, "105", "1105")

	plain := &db{entries: map[string]string{}}
	u, _, wait = follow(t, plain, "101")
	u.Connected(1, time.Time{})
	u.Resync(nil, nil, time.Now())
	plain.set(nil)
	u.Resync(nil, nil, time.Now())
	wait()
	if n := plain.count(); n != 0 {
		t.Errorf("%d reads of an AstDB without FreePBX", n)
	}
	plain.set(nil, "AMPUSER/101/device", "105")
	u.Refresh() // agents changed
	wait()
	expect(t, u, "105", "101")
}

// Without the right the devices stay their own users, and the log says once what is missing. A
// failure keeps the users that are known.
func TestUnreadableAstDB(t *testing.T) {
	refused := fmt.Errorf("AstDB: %w", &pbx.ResponseError{Action: "DBGet", Answer: "Permission denied"})
	d := &db{entries: map[string]string{}, err: refused}
	u, log, wait := follow(t, d, "1105", "1106")
	u.Connected(1, time.Time{})
	d.set(refused)
	u.Resync(nil, nil, time.Now())
	wait()
	expect(t, u, "105", "105")
	if n, text := d.count(), log.String(); n != 0 || strings.Count(text, "level=WARN") != 1 ||
		!strings.Contains(text, "write=system or reporting") {
		t.Errorf("%d more reads; the log:\n%s", n, text)
	}

	d.set(nil, "AMPUSER/1105/device", "105")
	u.Connected(2, time.Time{})
	expect(t, u, "105", "1105")
	d.set(errors.New("timeout"))
	u.Connected(3, time.Time{})
	expect(t, u, "105", "1105")
	d.set(nil, "AMPUSER/1105/device", "106")
	u.Resync(nil, nil, time.Now()) // the first after a failed read
	wait()
	expect(t, u, "105", "105", "106", "1105")
}
