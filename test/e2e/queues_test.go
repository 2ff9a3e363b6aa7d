//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/lab"

	gocmp "github.com/google/go-cmp/cmp"
)

const queuesYAML = `queues:
  - {name: q5, agents: [anna, boris], member: PJSIP/<extension>, state_interface: PJSIP/<extension>}
  - {name: q1, agents: [anna, boris], member: PJSIP/<extension>, state_interface: PJSIP/<extension>}
`

// TestQueuesOfARealAsterisk has an agent join, pause and leave queues from a terminal, and compares with
// Asterisk's queue_log. q5 is empty; the configuration of the PBX has 101 and 102 in q1.
func TestQueuesOfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			pbx := lab.StartAsterisk(t, version)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			s := &controlScene{T: t, ctx: ctx, controlDesk: newControlDesk(t, "full", queuesYAML)}
			defer s.clear()
			log, err := pbx.Ledger(ctx)
			s.must(err)
			queue := func(name string) protocol.SetQueue { return protocol.SetQueue{PBX: "main", Name: name} }
			lunch := protocol.SetQueue{PBX: "main", Name: "q5", Reason: "Обед"}
			s.must(s.fails(s.act(protocol.QueuePause, lunch), protocol.QueueNotIn))
			for _, do := range []struct {
				action string
				in     protocol.SetQueue
			}{
				{protocol.QueueJoin, queue("q5")},
				{protocol.QueuePause, lunch},
				{protocol.QueueResume, queue("q5")},
				{protocol.QueueLeave, queue("q5")},
				{protocol.QueueJoin, queue("q5")},
				{protocol.QueueLeave, queue("q1")},
			} {
				s.must(s.act(do.action, do.in))
			}
			caller, err := s.trunk.Call(ctx, did+"3", ivan, "Ivan")
			s.must(err)
			at102, err := s.phone["102"].WaitRinging(ctx) // 101 is paused
			s.must(err)
			s.queue(func(q protocol.Queue) bool { return q.Waiting == 1 && q.Mine == protocol.QueueOut })
			s.must(at102.Answer(ctx))
			s.must(caller.WaitHeard(ctx))
			s.queue(func(q protocol.Queue) bool { return q.Waiting == 0 })
			s.must(caller.HangUp(ctx))

			entries, err := log.Queues()
			s.must(err)
			var got []string
			for _, e := range entries {
				if e.Agent == "PJSIP/101" || e.Agent == "Anna Petrova" || e.Agent == "Agent 101" {
					got = append(got, strings.TrimRight(e.Queue+" "+e.Event+" "+strings.Join(e.Data, " "), " "))
				}
			}
			want := []string{
				"q5 ADDMEMBER", "q5 PAUSE Обед", "q5 UNPAUSE", "q5 REMOVEMEMBER", "q5 ADDMEMBER",
				"q1 PAUSE offline",
			}
			if diff := gocmp.Diff(want, slices.DeleteFunc(got, func(e string) bool {
				return strings.Contains(e, "PAUSEALL")
			})); diff != "" {
				t.Errorf("queue_log (-want +got):\n%s", diff)
			}

			// The restarted PBX has forgotten both: the member and the pause come back.
			s.must(pbx.Stop(ctx))
			s.queue(func(q protocol.Queue) bool { return q.Down })
			s.must(pbx.Start(ctx))
			for name, want := range map[string]string{"q5": "PJSIP/101", "q1": "paused"} {
				for {
					out, err := pbx.CLI(ctx, "queue show "+name)
					s.must(err)
					if strings.Contains(out, want) {
						break
					}
					pause(ctx, t)
				}
			}
		})
	}
}

// TestQueuesWithTheMinimalRights: without read=agent the hub still sees who waits; it changes nothing.
func TestQueuesWithTheMinimalRights(t *testing.T) {
	lab.StartAsterisk(t, "22")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := &controlScene{T: t, ctx: ctx, controlDesk: newControlDesk(t, "otrs", queuesYAML)}
	defer s.clear()
	s.must(s.fails(s.act(protocol.QueueJoin, protocol.SetQueue{Name: "q5"}), protocol.ControlPBXRight))
	caller, err := s.trunk.Call(ctx, did+"3", ivan, "Ivan")
	s.must(err)
	s.queue(func(q protocol.Queue) bool { return q.Waiting == 1 && q.Agents == 2 })
	s.must(caller.HangUp(ctx))
	s.queue(func(q protocol.Queue) bool { return q.Waiting == 0 })
}

// queue waits for an event of the queue q1.
func (s *controlScene) queue(want func(protocol.Queue) bool) {
	s.Helper()
	for {
		m := s.next()
		if m.Name != protocol.QueueEvent {
			continue
		}
		var q protocol.Queue
		s.must(m.Decode(&q))
		if q.Name == "q1" && want(q) {
			return
		}
	}
}

func pause(ctx context.Context, t *testing.T) {
	t.Helper()
	select {
	case <-time.After(200 * time.Millisecond):
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	}
}
