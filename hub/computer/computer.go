// Package computer is what a hub needs of its computer: the certificate, the folders and files, the
// port. A hub starts with the functions that a check tries.
package computer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"traybell/hub/certificate"
	"traybell/hub/config"
	"traybell/hub/datadir"
	"traybell/hub/jobs"
	"traybell/hub/logging"
	"traybell/hub/store"
	"traybell/hub/store/records"
)

// Check tries what a hub needs of this computer, with the functions that start it: the
// certificate, the folders and files, the lock, the database and the port. It leaves no file
// behind. doubts is what works but should be fixed; err joins all problems. A hub may be running
// with this hub.yml.
func Check(ctx context.Context, cfg *config.Config) (works, doubts []string, err error) {
	c := check{cfg: cfg}
	c.certificate()
	running := c.dataDir(ctx)
	doubts, err = datadir.CheckFiles(cfg)
	c.doubts = append(c.doubts, doubts...)
	if err != nil {
		c.fail(err)
	}
	c.logFolder()
	c.port(ctx, running)
	c.user()
	return c.works, c.doubts, errors.Join(c.problems...)
}

// CheckCertificate is Check of the certificate alone.
func CheckCertificate(cfg *config.Config) (works, doubts []string, err error) {
	c := check{cfg: cfg}
	c.certificate()
	return c.works, c.doubts, errors.Join(c.problems...)
}

type check struct {
	cfg           *config.Config
	works, doubts []string
	problems      []error
}

func (c *check) say(format string, args ...any) {
	c.works = append(c.works, fmt.Sprintf(format, args...))
}

func (c *check) doubt(format string, args ...any) {
	c.doubts = append(c.doubts, fmt.Sprintf(format, args...))
}

func (c *check) fail(err error) { c.problems = append(c.problems, err) }

func (c *check) certificate() {
	cert, err := LoadCertificate(c.cfg, certificate.ReadOwn)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.cfg.TLS.Mode == config.TLSAuto:
		c.say("certificate: created at the first start")
		return
	case err != nil:
		c.fail(err)
		return
	case cert == nil:
		c.say("certificate: none (tls.mode: off)")
		return
	}
	if err := cert.Valid(time.Now()); err != nil {
		c.fail(c.cfg.Problem("tls.cert", err.Error()))
	} else {
		c.say("certificate: valid until %s (%s)", cert.Leaf.NotAfter.Format(time.DateOnly), cert.Fingerprint)
	}
	c.doubts = append(c.doubts, Doubts(c.cfg, cert)...)
}

// dataDir returns the hub that runs with data_dir, or nil.
func (c *check) dataDir(ctx context.Context) (running *datadir.LockedError) {
	folder := c.cfg.DataDir
	bad := func(err error) { c.fail(c.cfg.Problem("data_dir", err.Error())) }
	if err := datadir.Try(folder); err != nil {
		bad(err)
		return nil
	}
	problems := len(c.problems)
	if _, err := os.Stat(filepath.Join(folder, datadir.LockFile)); err == nil {
		lock, err := datadir.Lock(folder)
		switch {
		case errors.As(err, &running):
			c.say("a hub%s is running with data_dir %s", running.Owner(), folder)
		case err != nil:
			bad(err)
		default:
			defer lock.Unlock() //nolint:errcheck // the process ends soon
		}
	}
	if _, err := jobs.ReadOwner(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		bad(err)
	}
	if err := store.Check(ctx, datadir.DatabaseFile(c.cfg)); err != nil {
		c.fail(err)
	}
	if c.cfg.CDR.File {
		if err := records.CheckFile(folder, time.Now()); err != nil {
			bad(fmt.Errorf("cannot write call records: %w", err))
		}
	}
	if problems == len(c.problems) {
		c.say("data_dir: %s is writable", folder)
	}
	return running
}

func (c *check) logFolder() {
	switch ok, err := logging.Check(c.cfg, time.Now); {
	case err != nil:
		c.fail(err)
	case ok:
		c.say("log.folder: %s is writable", c.cfg.Log.Folder)
	}
}

// port opens the port. A hub that runs with this data_dir may have it.
func (c *check) port(ctx context.Context, running *datadir.LockedError) {
	l, err := Listen(ctx, c.cfg)
	switch {
	case err == nil:
		_ = l.Close()
		c.say("listen: %s is free", c.cfg.Listen)
	case running != nil && samePort(running.Address, c.cfg.Listen):
		c.say("listen: %s is in use by the running hub", c.cfg.Listen)
	case running != nil && running.Address == "":
		c.doubt("listen: %s is in use, probably by the running hub", c.cfg.Listen)
	default:
		c.fail(err)
	}
}

func samePort(a, b string) bool {
	_, one, err := net.SplitHostPort(a)
	_, other, otherErr := net.SplitHostPort(b)
	return err == nil && otherErr == nil && one == other
}

// user warns if this is not the hub's user: its permissions are then not tested.
func (c *check) user() {
	if name := datadir.OwnerUnlessSelf(c.cfg.DataDir); name != "" {
		c.doubt("this check does not run as %s, the owner of data_dir, so it cannot tell whether the hub may read and "+
			"write its files; run: sudo -u %[1]s traybell-hub check", name)
	}
}
