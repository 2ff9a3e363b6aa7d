// Package people keeps the people of the company's directory who may sign in: it reads them
// regularly and verifies their passwords there. While the directory does not answer, a hash counts
// that was kept at the last sign-in, for a limited time.
package people

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/signin"

	"golang.org/x/time/rate"
)

const (
	// MostPeople is how many a directory may have.
	MostPeople = 20_000
	// mostReports is how many problems of a read are kept.
	mostReports = 100
	mostLogged  = 20

	tryWithin  = 8 * time.Second  // for an answer about a password
	awayFor    = 15 * time.Second // without asking again, after a try without an answer
	hashAtOnce = 2                // each takes tens of MiB of memory
	touchAfter = time.Hour        // how old the time of a kept hash may be in the file
)

// wrongPasswords limits the passwords of one person that are tried in the directory and are wrong:
// a directory locks the account after some, which must not depend on strangers.
var wrongPasswords = signin.Limit{Every: 5 * time.Minute, Burst: 4}

// ErrWrong is the error of Source.Try for a password that is wrong or not accepted.
var ErrWrong = errors.New("the password is wrong")

// Person may sign in.
type Person struct {
	Login      string   `json:"login"`
	Name       string   `json:"name"`
	Extensions []string `json:"extensions,omitempty"`
	Teams      []string `json:"teams,omitempty"`
	Rights     []string `json:"rights,omitempty"`
	Roles      []string `json:"roles,omitempty"`

	ID    string `json:"id"`              // names the person to the source
	Stamp string `json:"stamp,omitempty"` // changes with the password; empty: unknown
}

// Credential is what signin.Ask gets for a person.
func (p Person) Credential() string { return p.Login + "\x00" + p.ID + "\x00" + p.Stamp }

// Source is a directory of people. Its methods may be called from any goroutine.
type Source interface {
	// Read passes all people to add, and what is wrong with entries to report.
	Read(ctx context.Context, add func(Person), report func(text string)) error
	// Try tries a password. Errors wrap ErrWrong, or the directory cannot answer.
	Try(ctx context.Context, id, password string) error
}

// Options configure Open.
type Options struct {
	Source  Source
	Every   time.Duration // how often to read
	Keep    time.Duration // how long a kept hash counts; 0: none is kept
	File    string        // what is kept for the next process; empty: nothing
	Changed func()        // the people are others now; called on the goroutine of Run
	Log     *slog.Logger
}

// Directory keeps the people. It implements signin.Elsewhere. Any goroutine may use it.
type Directory struct {
	o       Options
	hashing chan struct{}

	mu        sync.Mutex
	people    []Person // in the order of logins; replaced as a whole
	kept      map[string]kept
	limits    map[string]*limit // of wrong passwords, by login
	status    Status
	reported  []string // problems that are in the log
	awayUntil time.Time
}

// limit is that of one person. Tries take turns, so that none that begins at once passes it.
type limit struct {
	*rate.Limiter
	turn chan struct{} // of one
}

// kept is the hash of a password that was right.
type kept struct {
	Credential string    `json:"credential"`
	Hash       string    `json:"hash"`
	Verified   time.Time `json:"verified"` // by the directory
}

// Status is the result of the last reads.
type Status struct {
	People   int
	Read     time.Time // the last successful read; zero: never
	Took     time.Duration
	Error    string   // of the last read
	Problems []string // of the last successful read, the first ones
	More     int      // problems that are not in the list
}

// Open returns a directory with the people of the last process. Call Run to read them.
func Open(o Options) *Directory {
	d := &Directory{
		o: o, hashing: make(chan struct{}, hashAtOnce), kept: map[string]kept{}, limits: map[string]*limit{},
	}
	d.load()
	return d
}

// Run reads the people regularly until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		changed, err := d.Read(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			d.o.Log.Warn("people were not read from the directory; the previous ones stay", "error", err)
		}
		if changed && d.o.Changed != nil {
			d.o.Changed()
		}
		timer.Reset(d.o.Every)
	}
}

// Read reads the people now and reports whether they have changed. After an error they stay.
func (d *Directory) Read(ctx context.Context) (changed bool, err error) {
	began := time.Now()
	var found []Person
	var problems []string
	more := 0
	report := func(text string) {
		if len(problems) == mostReports {
			more++
			return
		}
		problems = append(problems, text)
	}
	byLogin := map[string]bool{}
	err = d.o.Source.Read(ctx, func(p Person) {
		switch id := strings.ToLower(p.Login); {
		case len(found) == MostPeople:
			more++
		case byLogin[id]:
			report(fmt.Sprintf("%.80q: another entry has the login %.80q, too; only the first counts", p.ID, p.Login))
		default:
			byLogin[id] = true
			found = append(found, p)
		}
	}, report)
	if err == nil && len(found) == 0 && len(d.People()) > 0 {
		err = errors.New("the directory shows no people any more; are bind_dn, base_dn, filter and groups right?")
	}
	if err == nil && len(found) == MostPeople && more > 0 {
		err = fmt.Errorf("more than %d people: narrow base_dn and filter", MostPeople)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			d.status.Error = err.Error()
		}
		return false, err
	}
	slices.SortFunc(found, func(a, b Person) int { return cmp.Compare(a.Login, b.Login) })
	d.status = Status{People: len(found), Read: began, Took: time.Since(began), Problems: problems, More: more}
	changed = !reflect.DeepEqual(found, d.people)
	if !slices.Equal(problems, d.reported) {
		for _, problem := range problems[:min(len(problems), mostLogged)] {
			d.o.Log.Warn("an entry of the directory is not used as it is", "problem", problem)
		}
		d.reported = problems
	}
	d.people = found
	if d.forget() || changed {
		d.save()
	}
	return changed, nil
}

// forget drops what is kept of people who are gone or have another password, and hashes that count
// no more. The lock is held.
func (d *Directory) forget() (any bool) {
	credentials := map[string]bool{}
	for _, p := range d.people {
		credentials[p.Credential()] = true
	}
	for login, k := range d.kept {
		if !credentials[k.Credential] || time.Since(k.Verified) > d.o.Keep {
			delete(d.kept, login)
			any = true
		}
	}
	for login, l := range d.limits {
		if len(l.turn) == 0 && l.Tokens() >= float64(wrongPasswords.Burst) {
			delete(d.limits, login)
		}
	}
	return any
}

// People returns the people in the order of their logins. The list is not changed later.
func (d *Directory) People() []Person {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.people
}

// Status returns the result of the last reads.
func (d *Directory) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status
}

// Verify implements signin.Elsewhere. It asks the directory. If that does not answer, the kept hash
// counts.
func (d *Directory) Verify(ctx context.Context, credential, password string) (fits bool, err error) {
	login, id, _ := parse(credential)
	if password == "" || !d.has(credential) {
		return false, nil
	}
	if d.isAway() {
		return d.compareKept(ctx, login, credential, password, signin.ErrAway)
	}
	limit := d.limit(login)
	select {
	case limit.turn <- struct{}{}:
		defer func() { <-limit.turn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if d.isAway() { // since another try
		return d.compareKept(ctx, login, credential, password, signin.ErrAway)
	}
	if limit.Tokens() < 1 {
		wait := time.Duration((1 - limit.Tokens()) * float64(wrongPasswords.Every)).Round(time.Second)
		return d.compareKept(ctx, login, credential, password, &signin.TooManyError{Wait: max(wait, time.Second)})
	}
	limited, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	switch err := d.o.Source.Try(limited, id, password); {
	case err == nil:
		return true, d.keep(ctx, login, credential, password)
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, ErrWrong):
		limit.Allow()
		d.o.Log.Info("the directory refuses a password", "login", login, "answer", err)
		return false, d.revoke(ctx, login, credential, password)
	default:
		d.o.Log.Warn("the directory does not say whether a password is right", "login", login, "error", err)
		d.mu.Lock()
		d.awayUntil = time.Now().Add(awayFor)
		d.mu.Unlock()
		return d.compareKept(ctx, login, credential, password, signin.ErrAway)
	}
}

func parse(credential string) (login, id, stamp string) {
	login, rest, _ := strings.Cut(credential, "\x00")
	id, stamp, _ = strings.Cut(rest, "\x00")
	return login, id, stamp
}

// has reports whether a credential is that of a person now.
func (d *Directory) has(credential string) bool {
	login, _, _ := parse(credential)
	people := d.People()
	i, found := slices.BinarySearchFunc(people, login, func(p Person, login string) int {
		return cmp.Compare(p.Login, login)
	})
	return found && people[i].Credential() == credential
}

func (d *Directory) isAway() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Now().Before(d.awayUntil)
}

func (d *Directory) limit(login string) *limit {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.limits[login]
	if l == nil {
		l = &limit{
			rate.NewLimiter(rate.Every(wrongPasswords.Every), wrongPasswords.Burst), make(chan struct{}, 1),
		}
		d.limits[login] = l
	}
	return l
}

// compareKept compares a password with the kept hash. Without one that counts, the error is missing.
func (d *Directory) compareKept(ctx context.Context, login, credential, password string, missing error) (bool, error) {
	d.mu.Lock()
	k, ok := d.kept[login]
	d.mu.Unlock()
	if !ok || k.Credential != credential || time.Since(k.Verified) > d.o.Keep {
		return false, missing
	}
	fits, err := d.fits(ctx, password, k.Hash)
	if err == nil && !fits && missing != signin.ErrAway { //nolint:errorlint // it is that value
		err = missing // perhaps a new password
	}
	return fits, err
}

// fits compares a password with a hash.
func (d *Directory) fits(ctx context.Context, password, hash string) (bool, error) {
	if err := d.begin(ctx); err != nil {
		return false, err
	}
	defer d.end()
	return signin.Fits(password, hash), nil
}

func (d *Directory) begin(ctx context.Context) error {
	select {
	case d.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *Directory) end() { <-d.hashing }

// keep keeps the hash of a password that is right.
func (d *Directory) keep(ctx context.Context, login, credential, password string) error {
	if d.o.Keep == 0 {
		return nil
	}
	d.mu.Lock()
	k := d.kept[login]
	d.mu.Unlock()
	same := false
	if k.Credential == credential {
		var err error
		if same, err = d.fits(ctx, password, k.Hash); err != nil {
			return err
		}
	}
	stale := time.Since(k.Verified) > touchAfter
	if !same {
		if err := d.begin(ctx); err != nil {
			return err
		}
		hash, err := signin.Hash(password)
		d.end()
		if err != nil {
			return fmt.Errorf("hash a password: %w", err)
		}
		k = kept{Credential: credential, Hash: hash}
	}
	k.Verified = time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept[login] = k
	if !same || stale {
		d.save()
	}
	return nil
}

// revoke drops the kept hash of a password that was right and is no more. A wrong password does not
// drop it.
func (d *Directory) revoke(ctx context.Context, login, credential, password string) error {
	d.mu.Lock()
	k, ok := d.kept[login]
	d.mu.Unlock()
	if !ok || k.Credential != credential {
		return nil
	}
	fits, err := d.fits(ctx, password, k.Hash)
	if err != nil || !fits {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept[login].Hash == k.Hash {
		delete(d.kept, login)
		d.save()
	}
	return nil
}
