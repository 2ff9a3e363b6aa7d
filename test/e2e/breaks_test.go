//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"traybell/test/accounts"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
	cable "traybell/test/wire"

	_ "modernc.org/sqlite" // reads the hub's database
)

// TestBreaksDuringCalls breaks the hub's connection, kills Asterisk and stops the hub during calls,
// and compares the hub's records with Asterisk's: times are right, or marked as not seen.
func TestBreaksDuringCalls(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
			defer cancel()
			s := newBreaks(ctx, t, version)
			for _, story := range []struct {
				name  string
				tells func(*breaks)
			}{
				{"cut during talk", cutDuringTalk},
				{"cut while ringing", cutWhileRinging},
				{"answered during a cut", answeredDuringACut},
				{"cuts in a row", cutsInARow},
				{"the hub stands still for 8 s", func(s *breaks) {
					s.sendTimes("no")
					s.standsStill(8*time.Second, 3, false)
				}},
				{"PBX with times, the hub stands still for 8 s", func(s *breaks) {
					s.sendTimes("yes")
					s.standsStill(8*time.Second, 3, true)
				}},
				{"PBX with times, the hub stands still for 28 s", func(s *breaks) {
					s.standsStill(28*time.Second, 5, true)
				}},
				{"Asterisk is killed during talk", killedDuringTalk},
			} {
				t.Run(story.name, func(t *testing.T) {
					of := *s
					of.T = t
					story.tells(&of)
				})
			}
		})
	}
}

// breaks are a real Asterisk and hub, with a wire between them.
type breaks struct {
	*testing.T
	ctx    context.Context
	pbx    *lab.Asterisk
	trunk  *phones.Trunk
	phone  *phones.Phone
	wire   *cable.Wire
	hub    *exec.Cmd
	said   *lines
	db     *sql.DB
	ledger *lab.Ledger
	placed *int
}

func newBreaks(ctx context.Context, t *testing.T, version string) *breaks {
	t.Helper()
	s := &breaks{T: t, ctx: ctx, pbx: lab.StartAsterisk(t, version), said: newLines(), placed: new(int)}
	s.wire = cable.Lay(t, lab.AMI)
	var err error
	s.trunk, err = phones.ListenTrunk("127.0.1.50")
	s.must(err)
	t.Cleanup(func() { _ = s.trunk.Close() })
	s.phone, err = phones.Listen("101", "127.0.1.101")
	s.must(err)
	t.Cleanup(func() { _ = s.phone.Close() })
	s.ledger, err = s.pbx.Ledger(ctx)
	s.must(err)

	dir := t.TempDir()
	s.must(os.WriteFile(filepath.Join(dir, "hub.yml"), fmt.Appendf(nil,
		"listen: 127.0.0.1:0\ndata_dir: .\ncdr: {grace: 0s}\n"+
			"pbx: [{id: main, address: %q, username: otrs, password: %q}]\n",
		s.wire.Address(), lab.AMIPassword), 0o600))
	bin := cmp.Or(os.Getenv("TRAYBELL_BIN"), filepath.Join("..", "..", "bin"))
	s.hub = exec.Command(absolute(t, filepath.Join(bin, "traybell-hub")), "serve", "--config",
		filepath.Join(dir, "hub.yml"))
	s.hub.Stderr = s.said
	s.must(s.hub.Start())
	t.Cleanup(func() {
		_ = s.hub.Process.Signal(syscall.SIGCONT)
		_ = s.hub.Process.Signal(syscall.SIGTERM)
		_ = s.hub.Wait()
	})
	s.works(1)
	s.db, err = sql.Open("sqlite",
		"file:"+filepath.Join(dir, "traybell.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	s.must(err)
	t.Cleanup(func() { _ = s.db.Close() })
	return s
}

func (s *breaks) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// states counts how often the PBX got into a state.
func (s *breaks) states(state string) int { return strings.Count(s.said.String(), "state="+state+" ") }

func (s *breaks) works(times int) {
	s.Helper()
	until(s.ctx, s.T, "the hub knows all calls", func() bool { return s.states("working") >= times })
}

func (s *breaks) rest(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.ctx.Done():
		s.Fatal(s.ctx.Err())
	}
}

// rings places a call to 101 from a new number. known: the hub has seen it.
func (s *breaks) rings(known bool) (number string, caller, at *phones.Call) {
	s.Helper()
	*s.placed++
	number = fmt.Sprintf("8495100%04d", *s.placed)
	caller, err := s.trunk.Call(s.ctx, "74950000001", number, "Ivan")
	s.must(err)
	at, err = s.phone.WaitRinging(s.ctx)
	s.must(err)
	if known {
		until(s.ctx, s.T, "the hub records the call", func() bool { return s.row(number).id != "" })
	}
	return number, caller, at
}

// answer connects a call. known: the hub has seen it.
func (s *breaks) answer(number string, at *phones.Call, known bool) {
	s.Helper()
	s.must(at.Answer(s.ctx))
	s.must(at.WaitHeard(s.ctx))
	if known {
		until(s.ctx, s.T, "the hub records the answer", func() bool { return !s.row(number).answered.IsZero() })
	}
}

// record is the hub's row of a call.
type record struct {
	id, by                          string
	started, answered, ended        time.Time
	cause                           int
	missed, answerUnseen, endUnseen bool
	final                           bool
}

func (s *breaks) row(number string) (r record) {
	s.Helper()
	var started, answered, ended string
	err := s.db.QueryRowContext(s.ctx, `SELECT call_id, answered_by, started, answered, ended, cause, missed,
		answer_unseen, end_unseen, state = 'final' FROM call_record WHERE number = ?`, number).Scan(
		&r.id, &r.by, &started, &answered, &ended, &r.cause, &r.missed, &r.answerUnseen, &r.endUnseen, &r.final)
	if err != nil {
		return record{}
	}
	at := func(text string) time.Time {
		t, _ := time.Parse("2006-01-02T15:04:05.000000Z", text)
		return t
	}
	r.started, r.answered, r.ended = at(started), at(answered), at(ended)
	return r
}

// ended waits for the record of a call, and for what Asterisk says of it.
func (s *breaks) ended(number string) (r record, truth accounts.Call) {
	s.Helper()
	until(s.ctx, s.T, "the call has a final record: "+number, func() bool { r = s.row(number); return r.final })
	until(s.ctx, s.T, "Asterisk knows the call: "+number, func() bool {
		all, err := s.ledger.Read(nil)
		s.must(err)
		for _, c := range all {
			if "main:"+c.ID == r.id {
				truth = *c
				return !c.Ended.IsZero()
			}
		}
		return false
	})
	s.Logf("%s: hub %s %s–%s by %q cause %d missed %v unseen %v %v; Asterisk %s–%s by %q", number, clock(r.started),
		clock(r.answered), clock(r.ended), r.by, r.cause, r.missed, r.answerUnseen, r.endUnseen, clock(truth.Answered),
		clock(truth.Ended), truth.By)
	return r, truth
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("15:04:05.000")
}

// near reports whether two times agree within a second.
func near(a, b time.Time) bool { return a.Sub(b).Abs() < time.Second }

// down refuses the hub's connections until up.
func (s *breaks) down() (at time.Time) {
	s.Helper()
	before := s.states("connecting")
	at = time.Now()
	s.wire.Refuse()
	until(s.ctx, s.T, "the hub notices the cut", func() bool { return s.states("connecting") > before })
	return at
}

func (s *breaks) up() {
	s.Helper()
	before := s.states("working")
	s.wire.Restore()
	s.works(before + 1)
}

func cutDuringTalk(s *breaks) {
	number, caller, at := s.rings(true)
	s.answer(number, at, true)
	s.rest(1500 * time.Millisecond)
	cut := s.down()
	s.rest(time.Second)
	s.must(caller.HangUp(s.ctx))
	s.rest(4 * time.Second)
	s.up()
	r, truth := s.ended(number)
	if !r.endUnseen || r.answerUnseen || r.missed || r.cause != 0 || r.ended.After(cut.Add(100*time.Millisecond)) ||
		r.ended.Before(r.answered) || !near(r.answered, truth.Answered) || r.ended.After(truth.Ended) {
		s.Errorf("%+v", r)
	}
}

func cutWhileRinging(s *breaks) {
	number, caller, _ := s.rings(true)
	cut := s.down()
	s.must(caller.HangUp(s.ctx))
	s.rest(2 * time.Second)
	s.up()
	r, _ := s.ended(number)
	if !r.endUnseen || r.missed || !r.answered.IsZero() || r.ended.After(cut.Add(100*time.Millisecond)) {
		s.Errorf("%+v", r)
	}
}

func answeredDuringACut(s *breaks) {
	number, caller, at := s.rings(true)
	s.down()
	s.answer(number, at, false)
	s.rest(3 * time.Second)
	s.up()
	s.rest(time.Second)
	s.must(caller.HangUp(s.ctx))
	r, truth := s.ended(number)
	if !r.answerUnseen || r.endUnseen || r.missed || r.by != "101" || !near(r.ended, truth.Ended) ||
		r.answered.Before(truth.Answered) {
		s.Errorf("%+v", r)
	}
}

func cutsInARow(s *breaks) {
	number, caller, at := s.rings(true)
	s.answer(number, at, true)
	for n := range 4 {
		before := s.states("working")
		s.wire.HangUp()
		cut := time.Now()
		s.works(before + 1)
		blind := time.Since(cut)
		s.Logf("blind for %s after cut %d", blind.Round(time.Millisecond), n+1)
		if blind > 3*time.Second { // the first pause is at most 0.75 s
			s.Errorf("blind for %s after cut %d", blind, n+1)
		}
		s.rest(500 * time.Millisecond)
	}
	s.must(caller.HangUp(s.ctx))
	r, truth := s.ended(number)
	if r.endUnseen || r.answerUnseen || r.missed || !near(r.ended, truth.Ended) || !near(r.answered, truth.Answered) {
		s.Errorf("%+v", r)
	}
}

// standsStill stops the hub. One call rings before, the others begin and end meanwhile. timed: the
// PBX sends times.
func (s *breaks) standsStill(long time.Duration, calls int, timed bool) {
	before := s.states("working")
	number, caller, at := s.rings(true)
	numbers := []string{number}
	stopped := time.Now()
	s.must(s.hub.Process.Signal(syscall.SIGSTOP))
	s.rest(time.Second)
	s.answer(number, at, false)
	s.rest(1200 * time.Millisecond)
	s.must(caller.HangUp(s.ctx))
	for n := range calls - 1 {
		number, caller, at := s.rings(false)
		numbers = append(numbers, number)
		if n%2 == 0 {
			s.answer(number, at, false)
			s.rest(700 * time.Millisecond)
		}
		s.must(caller.HangUp(s.ctx))
	}
	s.rest(long - time.Since(stopped))
	s.must(s.hub.Process.Signal(syscall.SIGCONT))
	for i, number := range numbers {
		r, truth := s.ended(number)
		answered := !truth.Answered.IsZero()
		if answered != !r.answered.IsZero() || r.missed == answered || answered != (r.by == "101") {
			s.Errorf("how it ended: %+v", r)
		}
		switch {
		case timed && (r.answerUnseen || r.endUnseen || !near(r.ended, truth.Ended) ||
			answered && !near(r.answered, truth.Answered)):
			s.Errorf("with times: %+v", r)
		case !timed && (!r.endUnseen || r.answerUnseen != answered ||
			i == 0 && r.ended.Before(stopped.Add(-time.Second))):
			s.Errorf("without times: %+v", r)
		}
	}
	if n := s.states("working"); n != before {
		s.Errorf("the hub gave the session up:\n%s", tail(s.said.String()))
	}
}

// sendTimes says whether Asterisk sends the times of events: "yes" or "no".
func (s *breaks) sendTimes(send string) {
	s.must(s.pbx.Configure(s.ctx, "manager.conf", func(text []byte) []byte {
		return timestamps.ReplaceAll(text, []byte("timestampevents = "+send))
	}))
	_, err := s.pbx.CLI(s.ctx, "manager reload")
	s.must(err)
}

var timestamps = regexp.MustCompile(`(?m)^timestampevents = .*$`)

func killedDuringTalk(s *breaks) {
	number, _, at := s.rings(true)
	s.answer(number, at, true)
	s.rest(2 * time.Second)
	before := s.states("working")
	killed := time.Now()
	s.must(s.pbx.Kill(s.ctx))
	s.must(s.pbx.Start(s.ctx))
	s.works(before + 1)
	until(s.ctx, s.T, "the call has a final record", func() bool { return s.row(number).final })
	const pings = 5 * time.Second
	if r := s.row(number); !r.endUnseen || r.missed || r.cause != 0 || r.ended.Before(r.answered) ||
		r.ended.After(killed.Add(100*time.Millisecond)) || killed.Sub(r.ended) > pings+time.Second {
		s.Errorf("killed at %s: %+v", clock(killed), r)
	}
}
