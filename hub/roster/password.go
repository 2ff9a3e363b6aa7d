package roster

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"traybell/hub/config/document"
	"traybell/hub/signin"
	"traybell/hub/table"
)

// hashesAtOnce limits memory: each hash takes 19 MiB.
const hashesAtOnce = 4

// Hash generates missing passwords and hashes all, about 40 ms each per processor. The error is
// Problems if two agents of an extension would have the same password, or the context's.
func (p *Plan) Hash(ctx context.Context) error {
	var work sync.WaitGroup
	places := make(chan struct{}, min(runtime.GOMAXPROCS(0), hashesAtOnce))
	problems, failures := make([]Problems, len(p.agents)), make([]error, len(p.agents))
	for i := range p.agents {
		a := &p.agents[i]
		if a.generated {
			a.plain = signin.Generate()
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
			problems[i] = p.samePassword(a)
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

// hash sets the hash of an agent, unless hub.yml already has a hash of this password.
func (p *Plan) hash(a *planned) error {
	if a.old >= 0 {
		if signin.Fits(a.plain, a.want.Password.Reveal()) {
			a.plain = ""
			return nil
		}
		a.what = append(a.what, "password")
	}
	hash, err := signin.Hash(a.plain)
	if err != nil {
		return fmt.Errorf("%s: %w", a.row.Login, err)
	}
	a.want.Password, a.want.PasswordFile = document.NewSecret(hash), ""
	return nil
}

// samePassword finds agents in hub.yml that share an extension with a, keep their password and have
// the same one.
func (p *Plan) samePassword(a *planned) (problems Problems) {
	if a.generated {
		return nil
	}
	for i, other := range p.cfg.Agents {
		extensions, keeps := p.keeps(i)
		if i == a.old || !keeps || !slices.ContainsFunc(extensions, func(e string) bool {
			return slices.Contains(a.row.Extensions, e)
		}) {
			continue
		}
		if signin.Fits(a.plain, other.Password.Reveal()) {
			problems = append(problems, Problem{
				File: p.Sheet.File, Line: a.row.line, Column: a.row.at[columnPassword],
				Text: other.Login + " in hub.yml shares an extension and has the same password; it must differ, " +
					"because the password identifies the agent",
			})
		}
	}
	return problems
}

// keeps returns the future extensions of an agent in hub.yml, and whether the sheet keeps its
// password.
func (p *Plan) keeps(old int) (extensions []string, keeps bool) {
	for i := range p.agents {
		if a := &p.agents[i]; a.old == old {
			return a.row.Extensions, a.row.Password == ""
		}
	}
	return p.cfg.Agents[old].Extensions, true
}

// Generated returns the generated passwords as a CSV file; nil if there are none.
func (p *Plan) Generated() (file []byte, count int) {
	var b bytes.Buffer
	w := table.NewWriter(&b, p.Sheet.Comma)
	_ = w.Write("login", "name", "extensions", "password") // to memory
	for _, a := range p.agents {
		if a.generated {
			count++
			_ = w.Write(a.row.Login, a.want.Name, strings.Join(a.want.Extensions, " "), a.plain)
		}
	}
	if count == 0 {
		return nil, 0
	}
	_ = w.Flush()
	return b.Bytes(), count
}
