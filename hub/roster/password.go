package roster

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"traybell/hub/config"
	"traybell/hub/signin"

	"github.com/alexedwards/argon2id"
)

// hashesAtOnce bounds the memory: each takes 19 MiB.
const hashesAtOnce = 4

// letters of a password that is made up: none that is taken for another on paper.
const letters = "abcdefghjkmnpqrstuvwxyz23456789"

// Hash makes up the passwords that are missing, and the hashes. It takes some 40 ms for each on one
// processor. The error is Problems where a password is that of another agent of the same extension,
// else the context's.
func (p *Plan) Hash(ctx context.Context) error {
	var work sync.WaitGroup
	places := make(chan struct{}, min(runtime.GOMAXPROCS(0), hashesAtOnce))
	problems, failures := make([]Problems, len(p.agents)), make([]error, len(p.agents))
	for i := range p.agents {
		a := &p.agents[i]
		if a.madeUp {
			a.plain = makeUp()
		}
		if a.plain == "" {
			continue
		}
		work.Go(func() {
			select {
			case places <- struct{}{}:
				defer func() { <-places }()
			case <-ctx.Done():
				failures[i] = ctx.Err()
				return
			}
			problems[i] = p.taken(a)
			failures[i] = p.hash(a)
		})
	}
	work.Wait()
	if err := errors.Join(failures...); err != nil {
		return cmp.Or(ctx.Err(), err)
	}
	if all := slices.Concat(problems...); len(all) > 0 {
		return all
	}
	return nil
}

// hash gives one agent the hash, unless hub.yml has one of this password already.
func (p *Plan) hash(a *planned) error {
	if a.old >= 0 {
		if fits, err := argon2id.ComparePasswordAndHash(a.plain, a.want.Password.Reveal()); err == nil && fits {
			a.plain = ""
			return nil
		}
		a.what = append(a.what, "password")
	}
	hash, err := signin.Hash(a.plain)
	if err != nil {
		return fmt.Errorf("%s: %w", a.row.Login, err)
	}
	a.want.Password, a.want.PasswordFile = config.NewSecret(hash), ""
	return nil
}

// taken complains where the sheet gives an agent the password of another of the extension, whose
// hash stays.
func (p *Plan) taken(a *planned) (problems Problems) {
	if a.madeUp {
		return nil
	}
	for i, other := range p.cfg.Agents {
		if i == a.old || !slices.ContainsFunc(other.Extensions, func(e string) bool {
			return slices.Contains(a.row.Extensions, e)
		}) || p.replaces(i) {
			continue
		}
		if fits, err := argon2id.ComparePasswordAndHash(a.plain, other.Password.Reveal()); err == nil && fits {
			problems = append(problems, Problem{
				File: p.Sheet.File, Line: a.row.line, Column: a.row.at[columnPassword],
				Text: other.Login +
					" of hub.yml has the same password and shares an extension; the password tells who of them signs in",
			})
		}
	}
	return problems
}

// replaces tells whether the sheet gives the agent at that place in hub.yml another password, or
// other extensions.
func (p *Plan) replaces(old int) bool {
	for i := range p.agents {
		if a := &p.agents[i]; a.old == old {
			return a.row.Password != "" || !slices.Equal(a.row.Extensions, p.cfg.Agents[old].Extensions)
		}
	}
	return false
}

// makeUp makes a password of twelve letters, 59 bits, in groups that can be read out.
func makeUp() string {
	var b strings.Builder
	var one [1]byte
	for n := 0; n < 12; {
		rand.Read(one[:]) // never fails
		if int(one[0]) >= 256/len(letters)*len(letters) {
			continue // would make some letters likelier
		}
		if n > 0 && n%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[int(one[0])%len(letters)])
		n++
	}
	return b.String()
}

// Generated is a CSV file of the passwords that were generated; nil if there are none.
func (p *Plan) Generated() (file []byte, count int) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = p.Sheet.Comma
	_ = w.Write([]string{"login", "name", "extensions", "password"}) // to memory
	for _, a := range p.agents {
		if a.madeUp {
			count++
			_ = w.Write([]string{a.row.Login, a.want.Name, strings.Join(a.want.Extensions, " "), a.plain})
		}
	}
	if count == 0 {
		return nil, 0
	}
	w.Flush()
	return b.Bytes(), count
}
