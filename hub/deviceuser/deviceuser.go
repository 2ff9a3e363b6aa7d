// Package deviceuser follows FreePBX's Device & User mode: which user, the extension of an agent,
// is logged on at which device, the endpoint of a telephone. The AstDB says so in
// DEVICE/<device>/user and AMPUSER/<user>/device, and DEVICE/<device>/dial names the port of an
// analog phone. In FreePBX's usual mode a device and its user
// have the same number, but a second device of the user, such as a browser's 99101, is found as
// well.
package deviceuser

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/endpoint"
	"traybell/hub/pbx"
)

const (
	atOnce    = 8                // requests to the PBX
	firstTime = 2 * time.Second  // for the first read of a connection: the calls wait for it
	readTime  = 30 * time.Second // for later ones
	noUser    = "none"           // FreePBX's user of a device where none is logged on

	maxDevices = 50    // of a user
	maxEntry   = 1000  // bytes of an entry
	maxCalling = 10000 // channels that call feature codes
)

// Options are what Users need.
type Options struct {
	// Get reads an entry of the AstDB; ok is false if there is none.
	Get        func(ctx context.Context, family, key string) (value string, ok bool, err error)
	Extensions func() []string // of the agents
	Go         func(f func())  // runs f in the background
	Log        *slog.Logger
}

// Users are the users of a PBX's devices. It is a pbx.Tracker: it reads the AstDB after each
// connection and with each of the PBX's snapshots, for the agents' extensions; and for a device
// after it called a feature code, which may have been that of a login or logout.
type Users struct {
	o   Options
	ctx context.Context //nolint:containedctx // reads end with it

	mu       sync.Mutex // guards what follows
	byDevice map[string]string
	reading  bool
	again    bool // read again after the current read
	absent   bool // the last read found no FreePBX
	refused  bool // the PBX refused the last read

	// owned by the goroutine of the PBX
	begun    bool              // read, and no snapshot since
	features map[string]string // devices by the Uniqueid of a channel that called a feature code
}

// New returns the users of a PBX, none at first. Its reads end with ctx.
func New(ctx context.Context, o Options) *Users {
	return &Users{o: o, ctx: ctx, byDevice: map[string]string{}, features: map[string]string{}}
}

// Of returns the user of a device; the device itself if no other is known. Any goroutine may call
// it.
func (u *Users) Of(device string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if user, ok := u.byDevice[device]; ok {
		return user
	}
	return device
}

// Events implements pbx.Tracker.
func (u *Users) Events() []string { return []string{"Newchannel", "Hangup"} }

// Snapshots implements pbx.Tracker.
func (u *Users) Snapshots() []string { return nil }

// Connected implements pbx.Tracker. It reads before the calls are known.
func (u *Users) Connected(uint64, time.Time) {
	clear(u.features)
	u.mu.Lock()
	u.absent, u.refused = false, false
	u.mu.Unlock()
	u.begun = u.read(firstTime)
}

// Resync implements pbx.Tracker.
func (u *Users) Resync(_, _ []wire.Message, _ time.Time) {
	u.mu.Lock()
	skip := u.begun || u.absent || u.refused
	u.mu.Unlock()
	if u.begun = false; !skip {
		u.Refresh()
	}
}

// Late implements pbx.Tracker.
func (u *Users) Late(time.Time) {}

// Event implements pbx.Tracker.
func (u *Users) Event(m wire.Message, _ time.Time) {
	id := m.Get("Uniqueid")
	switch m.Event() {
	case "Newchannel":
		if of, ok := endpoint.Of(m.Get("Channel")); ok && strings.HasPrefix(m.Get("Exten"), "*") &&
			len(u.features) < maxCalling {
			u.features[strings.Clone(id)] = strings.Clone(of.Endpoint)
		}
	case "Hangup":
		if device, ok := u.features[id]; ok {
			delete(u.features, id)
			u.o.Go(func() { u.readDevice(device) })
		}
	}
}

// Refresh reads the AstDB in the background: after the agents' extensions changed.
func (u *Users) Refresh() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.again = u.reading; u.reading {
		return
	}
	u.reading = true
	u.o.Go(func() {
		for {
			u.read(readTime)
			u.mu.Lock()
			u.reading = u.again
			u.again = false
			more := u.reading
			u.mu.Unlock()
			if !more {
				return
			}
		}
	})
}

// read reads the devices of all agents. If it fails the known users stay.
func (u *Users) read(within time.Duration) (ok bool) {
	ctx, cancel := context.WithTimeout(u.ctx, within)
	defer cancel()
	r := reader{get: u.o.Get, ctx: ctx, byDevice: map[string]string{}}
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for _, extension := range u.o.Extensions() {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			r.user(extension)
		})
	}
	all.Wait()
	if r.err != nil {
		u.failed(r.err)
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.absent = !r.found
	if !maps.Equal(u.byDevice, r.byDevice) {
		u.byDevice = r.byDevice
		u.o.Log.Info("users of devices read", "devices", len(r.byDevice))
	}
	return true
}

// readDevice reads the user of one device.
func (u *Users) readDevice(device string) {
	ctx, cancel := context.WithTimeout(u.ctx, readTime)
	defer cancel()
	user, ok, err := u.o.Get(ctx, "DEVICE", device+"/user")
	if err != nil {
		u.failed(err)
		return
	}
	user = strings.TrimSpace(user)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.again = u.reading // what is being read may be older
	before, known := u.byDevice[device]
	switch {
	case ok && user != device && user != noUser && user != "":
		if before != user {
			u.byDevice = maps.Clone(u.byDevice)
			u.byDevice[device] = user
			u.o.Log.Info("user logged on to device", "device", device, "user", user)
		}
	case known:
		u.byDevice = maps.Clone(u.byDevice)
		delete(u.byDevice, device)
		u.o.Log.Info("user logged off from device", "device", device, "user", before)
	}
}

func (u *Users) failed(err error) {
	var refused *pbx.ResponseError
	switch {
	case u.ctx.Err() != nil:
	case errors.As(err, &refused):
		u.mu.Lock()
		first := !u.refused
		u.refused = true
		u.mu.Unlock()
		if first {
			u.o.Log.Warn("cannot read users of devices, which FreePBX's Device & User mode needs; give the manager "+
				"user write=system or reporting", "error", err)
		}
	default:
		u.o.Log.Debug("cannot read users of devices", "error", err)
	}
}

// reader is one read of several extensions.
type reader struct {
	get func(ctx context.Context, family, key string) (string, bool, error)
	ctx context.Context //nolint:containedctx // of this read

	mu       sync.Mutex // guards what follows
	byDevice map[string]string
	found    bool // there is an entry of FreePBX
	err      error
}

// user reads the devices of a user, and who is logged on at the device with the user's number.
func (r *reader) user(extension string) {
	devices, ok := r.entry("AMPUSER", extension+"/device")
	own, owned := r.entry("DEVICE", extension+"/user")
	r.mu.Lock()
	r.found = r.found || ok || owned
	if owned && own != extension && own != noUser && own != "" {
		r.byDevice[extension] = own
	}
	r.mu.Unlock()
	if owned {
		r.line(extension, own)
	}
	for n, device := range strings.SplitN(devices, "&", maxDevices+1) {
		if n == maxDevices {
			break
		}
		if device == "" || device == extension || device == noUser {
			continue
		}
		// the entry of the device counts: that of the user may be left from an earlier login
		if who, known := r.entry("DEVICE", device+"/user"); !known || who == extension {
			r.mu.Lock()
			r.byDevice[device] = extension
			r.mu.Unlock()
		}
	}
}

// line reads what is dialled for a device. The endpoint of an analog phone is named after its port:
// device 103 is DAHDI/5.
func (r *reader) line(device, user string) {
	dial, _ := r.entry("DEVICE", device+"/dial")
	technology, port, _ := strings.Cut(dial, "/")
	if technology == "Local" || port == "" || port == device || strings.ContainsAny(port, "/@&") ||
		user == noUser || user == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byDevice[port] = user
}

// entry reads an entry, unless an earlier one failed.
func (r *reader) entry(family, key string) (value string, ok bool) {
	r.mu.Lock()
	failed := r.err != nil
	r.mu.Unlock()
	if failed {
		return "", false
	}
	value, ok, err := r.get(r.ctx, family, key)
	if err != nil {
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
		return "", false
	}
	if len(value) > maxEntry { // not FreePBX's
		return "", false
	}
	return strings.TrimSpace(strings.Clone(value)), ok
}
