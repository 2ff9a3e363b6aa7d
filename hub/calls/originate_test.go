package calls_test

import "testing"

// Click-to-call through a Local channel that dials another one: FreePBX's contexts for queues and
// follow me. Both phones of the agent ring, the second one goes up without ringing (auto-answer).
func TestOriginateThroughTwoLocalChannels(t *testing.T) {
	s := newSequence(t)
	s.local("1", "2", "101")
	s.begin("", "1")
	s.local("3", "4", "FMPR-101")
	s.begin("2", "3")
	s.channel("5", "PJSIP/101-00000005", "Down", "101", "s", "1")
	s.channel("6", "PJSIP/99101-00000006", "Down", "99101", "s", "1")
	s.begin("4", "5")
	s.begin("4", "6")
	s.state("5", "Ringing")
	s.state("6", "Up")
	s.end("4", "5", "CANCEL")
	s.hangup("26", "5")
	s.end("4", "6", "ANSWER")
	s.state("4", "Up")
	s.enter("b1", "6", "4")
	s.state("3", "Up")
	s.end("2", "3", "ANSWER")
	s.state("2", "Up")
	s.enter("b2", "3", "2")
	s.state("1", "Up")
	s.end("", "1", "ANSWER")
	s.channels["1"]["Exten"] = "89167778899"
	s.channel("7", "PJSIP/trunk-00000007", "Down", "89167778899", "s", "1")
	s.begin("1", "7")
	s.state("7", "Ringing")
	s.state("7", "Up")
	s.end("1", "7", "ANSWER")
	s.enter("b3", "7", "1")
	s.leave("b3", "7", "1")
	s.hangup("16", "7", "1", "2", "3", "4", "6")
	s.tells(`
	A outgoing from or to "" "", dialled ""
	A 101 ringing (calling)
	A is ringing
	A 99101 ringing (calling)
	A 101 ended (calling) CANCEL
	A 99101 answered (calling)
	A outgoing from or to "89167778899" "", dialled "89167778899"
	A is answered
	A 99101 ended (calling)
	A is ended missed=false cause=16 rang=0.5s`)
	startsInMidCall(t, s.messages)
}

// An agent who picks up while the caller's dialplan plays something must not look like one who
// answered to a hub that starts then.
func TestStartsWhileAPhoneConfirms(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	s.channel("2", "PJSIP/101-00000002", "Down", "101", "s", "1")
	s.begin("1", "2")
	s.state("2", "Ringing")
	s.state("2", "Up")
	s.hangup("16", "2", "1")
	for i := 4; i < 6; i++ {
		tracker, w := testTracker(t, "start while a phone confirms")
		var asterisk pbx
		for _, h := range s.messages[:i] {
			asterisk.apply(h.m)
		}
		w.see(tracker, tracker.Resync(asterisk.status(), nil, tick(i)))
		if live := tracker.Live(); len(live) != 1 || live[0].State != "ringing" || live[0].AnsweredBy() != "" {
			t.Errorf("after %d events: %+v", i, live)
		}
	}
}
