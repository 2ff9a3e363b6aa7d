// Package phonestate knows what phones do, also those without a call that the hub follows: by the
// states of their devices and by the hints of the dialplan.
//
// Phones owns the states of all PBXs. The goroutines of pbx feed it; lists are read in the background,
// where the manager user may read them. Without that right a state is known after its first change.
package phonestate

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

const (
	evDevice = "DeviceStateChange" // also the rows of DeviceStateList
	evHint   = "ExtensionStatus"   // also the rows of ExtensionStateList

	readTime = 30 * time.Second
	most     = 20_000 // devices and hints of a PBX
)

// Options are what Phones need.
type Options struct {
	PBXs    PBXs
	User    func(pbx, device string) string // the user of a device, or the device
	Changed func()                          // called after changes
	Go      func(f func())                  // runs f in the background
	Log     *slog.Logger
}

// PBXs are the running PBXs.
type PBXs interface {
	PBX(id string) (*pbx.PBX, bool)
}

// Phones are the phones of all PBXs. Its methods may be called from any goroutine.
type Phones struct {
	o Options

	mu   sync.Mutex
	pbxs map[string]*board
}

// board is the phones of one PBX. The mutex of Phones guards it.
type board struct {
	devices map[string]protocol.PhoneState // by the name of the device, such as 101
	silent  map[string]bool                // extensions with do not disturb, as FreePBX keeps it
	hints   map[string]protocol.PhoneState // by extension

	refused  bool // this connection may not read lists
	reading  bool
	again    bool            // read again after the current read
	meantime map[string]bool // what has changed during the read, by key
}

func newBoard() *board {
	return &board{
		devices: map[string]protocol.PhoneState{}, silent: map[string]bool{}, hints: map[string]protocol.PhoneState{},
	}
}

// New knows no phones.
func New(o Options) *Phones { return &Phones{o: o, pbxs: map[string]*board{}} }

// Left forgets a PBX.
func (p *Phones) Left(id string) {
	p.mu.Lock()
	delete(p.pbxs, id)
	p.mu.Unlock()
	p.o.Changed()
}

// ranks order the states of several phones of an extension: the one that is used most counts.
var ranks = map[protocol.PhoneState]int{
	protocol.PhoneUnavailable: 1, protocol.PhoneFree: 2, protocol.PhoneSilent: 3, protocol.PhoneRinging: 4,
	protocol.PhoneHeld: 5, protocol.PhoneInUse: 6,
}

// Busiest returns the state of an agent's phones: that of the one which is used most. all is what States
// returned.
func Busiest(all map[string]protocol.PhoneState, extensions []string) (most protocol.PhoneState) {
	for _, extension := range extensions {
		if state := all[extension]; ranks[state] > ranks[most] {
			most = state
		}
	}
	return most
}

// States returns the states of the phones by extension.
func (p *Phones) States() map[string]protocol.PhoneState {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string]protocol.PhoneState{}
	for id, b := range p.pbxs {
		of := map[string]protocol.PhoneState{}
		for device, state := range b.devices {
			if user := p.o.User(id, device); ranks[state] > ranks[of[user]] {
				of[user] = state
			}
		}
		for extension, state := range b.hints {
			if of[extension] == "" {
				of[extension] = state
			}
		}
		for extension := range b.silent {
			if of[extension] == protocol.PhoneFree {
				of[extension] = protocol.PhoneSilent
			}
		}
		for extension, state := range of {
			if ranks[state] > ranks[all[extension]] {
				all[extension] = state
			}
		}
	}
	return all
}

// Follow returns what follows the phones of a PBX.
func (p *Phones) Follow(id string) pbx.Tracker { return follower{p, id} }

type follower struct {
	*Phones
	pbx string
}

// Events implements pbx.Tracker.
func (f follower) Events() []string { return []string{evDevice, evHint} }

// Snapshots implements pbx.Tracker: none, because a manager user without the right to read lists is no
// problem.
func (f follower) Snapshots() []string { return nil }

// Connected implements pbx.Tracker. What was known is out of date.
func (f follower) Connected(uint64, time.Time) {
	f.mu.Lock()
	f.pbxs[f.pbx] = newBoard()
	f.mu.Unlock()
	f.o.Changed()
}

// Resync implements pbx.Tracker.
func (f follower) Resync(_, _ []wire.Message, _ time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.pbxs[f.pbx]
	if b == nil || b.refused {
		return
	}
	if b.again = b.reading; !b.reading {
		b.reading = true
		f.o.Go(func() { f.read(b) })
	}
}

// Late implements pbx.Tracker.
func (f follower) Late(time.Time) {}

// Event implements pbx.Tracker.
func (f follower) Event(m wire.Message, _ time.Time) {
	f.mu.Lock()
	b := f.pbxs[f.pbx]
	changed := false
	if b != nil {
		var key string
		if key, changed = b.note(m); key != "" && b.meantime != nil {
			b.meantime[key] = true
		}
	}
	f.mu.Unlock()
	if changed {
		f.o.Changed()
	}
}

// read reads the lists, until no snapshot has come meanwhile. An event that comes during a read is newer
// than its row.
func (f follower) read(b *board) {
	for more := true; more; {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		f.mu.Lock()
		b.meantime = map[string]bool{}
		f.mu.Unlock()
		rows, err := f.list(ctx)
		cancel()
		refused := new(pbx.ResponseError)
		f.mu.Lock()
		switch {
		case errors.As(err, &refused):
			b.refused = true
		case err == nil:
			b.replace(rows)
		}
		more = b.again && !b.refused
		b.reading, b.again, b.meantime = more, false, nil
		f.mu.Unlock()
		if err != nil {
			f.o.Log.Debug("cannot read the states of phones", "pbx", f.pbx, "error", err)
			continue
		}
		f.o.Changed()
	}
}

func (f follower) list(ctx context.Context) ([]wire.Message, error) {
	from, ok := f.o.PBXs.PBX(f.pbx)
	if !ok {
		return nil, pbx.ErrNotConnected
	}
	return pbx.PhoneStates(ctx, from)
}

// replace takes the rows of the lists, but for what has changed since.
func (b *board) replace(rows []wire.Message) {
	next := newBoard()
	for _, m := range rows {
		if key, _, _ := read(m); !b.meantime[key] {
			next.note(m)
		}
	}
	for key := range b.meantime {
		kind, name, _ := strings.Cut(key, " ")
		switch state, known := b.of(kind)[name]; {
		case kind == silent:
			if b.silent[name] {
				next.silent[name] = true
			}
		case known:
			next.of(kind)[name] = state
		}
	}
	b.devices, b.silent, b.hints = next.devices, next.silent, next.hints
}

// Kinds of what has a state. A key is one and a name.
const (
	device = "device"
	hint   = "hint"
	silent = "silent"
)

func (b *board) of(kind string) map[string]protocol.PhoneState {
	if kind == device {
		return b.devices
	}
	return b.hints
}

// note notes the state in an event or a row; key is what it is of, empty: nothing that counts.
func (b *board) note(m wire.Message) (key string, changed bool) {
	key, state, on := read(m)
	kind, name, _ := strings.Cut(key, " ")
	switch {
	case key == "":
		return "", false
	case kind == silent:
		if changed = b.silent[name] != on; !changed {
			return key, false
		}
		if delete(b.silent, name); on && len(b.silent) < most {
			b.silent[strings.Clone(name)] = true
		}
	case b.of(kind)[name] == state:
		return key, false
	case state == "":
		delete(b.of(kind), name)
	case len(b.of(kind)) < most:
		b.of(kind)[strings.Clone(name)] = state
	}
	return key, true
}

// read reads an event or a row: the device PJSIP/101 is that of 101, Custom:DND101 its do not disturb.
func read(m wire.Message) (key string, state protocol.PhoneState, on bool) {
	switch m.Event() {
	case evDevice:
		name := m.Get("Device")
		if extension, ok := strings.CutPrefix(name, "Custom:DND"); ok && extension != "" {
			return silent + " " + extension, "", m.Get("State") == "BUSY" || m.Get("State") == "INUSE"
		}
		tech, endpoint, ok := strings.Cut(name, "/")
		if ok && endpoint != "" && technologies[tech] {
			return device + " " + endpoint, devices[m.Get("State")], false
		}
	case evHint:
		if extension := m.Get("Exten"); extension != "" && !strings.HasPrefix(extension, "*") {
			return hint + " " + extension, hints[m.Get("Status")], false
		}
	}
	return "", "", false
}

// technologies are those of phones: Local and Queue have device states, too.
var technologies = map[string]bool{
	"PJSIP": true, "SIP": true, "IAX2": true, "SCCP": true, "DAHDI": true, "Skinny": true, "Motif": true,
}

// devices are Asterisk's states of devices. A call on hold is one of the phone.
var devices = map[string]protocol.PhoneState{
	"NOT_INUSE": protocol.PhoneFree, "INUSE": protocol.PhoneInUse, "BUSY": protocol.PhoneInUse,
	"RINGING": protocol.PhoneRinging, "RINGINUSE": protocol.PhoneInUse, "ONHOLD": protocol.PhoneHeld,
	"UNAVAILABLE": protocol.PhoneUnavailable, "INVALID": protocol.PhoneUnavailable,
}

// hints are Asterisk's states of extensions. A phone with do not disturb is busy without a call.
var hints = map[string]protocol.PhoneState{
	"0": protocol.PhoneFree, "1": protocol.PhoneInUse, "2": protocol.PhoneSilent, "4": protocol.PhoneUnavailable,
	"8": protocol.PhoneRinging, "9": protocol.PhoneInUse, "16": protocol.PhoneHeld, "17": protocol.PhoneInUse,
}
