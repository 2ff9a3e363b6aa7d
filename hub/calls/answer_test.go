package calls_test

import "testing"

// Dial's options U, M and p, Queue's member announcement and FollowMe let the called party confirm,
// or listen, before it is connected. Asterisk 16 sends the DialEnd before, Asterisk 22 after that.
func TestConfirmsBeforeTheAnswer(t *testing.T) {
	for _, early := range []bool{false, true} {
		s := newSequence(t)
		s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
		s.channel("2", "PJSIP/101-00000002", "Down", "101", "s", "1")
		s.channel("3", "PJSIP/102-00000003", "Down", "102", "s", "1")
		s.begin("1", "2")
		s.begin("1", "3")
		s.state("2", "Ringing")
		s.state("3", "Ringing")
		s.state("2", "Up")
		s.end("1", "3", "CANCEL")
		s.hangup("26", "3")
		if early {
			s.end("1", "2", "ANSWER")
			s.send("Newexten", s.show("", "2")...)
		} else {
			s.send("Newexten", s.show("", "2")...)
			s.end("1", "2", "ANSWER")
		}
		s.state("1", "Up")
		s.enter("b1", "2", "1")
		s.leave("b1", "2", "1")
		s.hangup("16", "2", "1")
		s.tells(`
		A incoming from or to "79161234567" "", dialled "74950000001"
		A is ringing
		A 101 ringing
		A 102 ringing
		A 102 ended CANCEL
		A 101 answered
		A is answered
		A 101 ended
		A is ended missed=false cause=16 rang=1.1s`)
	}
}

// The called party picks up, but the caller gives up before it confirms, or it declines.
func TestNotConfirmed(t *testing.T) {
	for _, early := range []bool{false, true} {
		s := newSequence(t)
		s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
		s.channel("2", "PJSIP/101-00000002", "Down", "101", "s", "1")
		s.begin("1", "2")
		s.state("2", "Ringing")
		s.state("2", "Up")
		if early {
			s.end("1", "2", "ANSWER")
			s.hangup("16", "2", "1")
		} else {
			s.hangup("16", "2")
			s.end("1", "2", "ANSWER")
			s.hangup("16", "1")
		}
		s.tells(`
		A incoming from or to "79161234567" "", dialled "74950000001"
		A is ringing
		A 101 ringing
		A 101 ended
		A is ended missed=true cause=16 rang=0.5s`)
	}
}

// A queue's member through Local/…/n: the phone is in a bridge with its half of the Local channel
// while the queue plays an announcement to the member.
func TestQueueMemberIsAnnounced(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	s.state("1", "Up") // the queue answers
	s.local("2", "3", "101")
	s.begin("1", "2")
	s.channel("4", "PJSIP/101-00000004", "Down", "101", "s", "1")
	s.begin("3", "4")
	s.state("4", "Up")
	s.end("3", "4", "ANSWER")
	s.state("3", "Up")
	s.enter("b1", "4", "3")
	s.state("2", "Up")
	s.end("1", "2", "ANSWER")
	s.send("AgentConnect", s.show("", "1")...)
	s.enter("b2", "2", "1")
	s.leave("b2", "1", "2")
	s.hangup("16", "1", "2", "3", "4")
	s.tells(`
	A incoming from or to "79161234567" "", dialled "74950000001"
	A is ringing
	A 101 ringing
	A 101 answered
	A is answered
	A 101 ended
	A is ended missed=false cause=16 rang=1.0s`)
}

// Follow me with two mobiles: one picks up and does not confirm, the other one confirms.
func TestFollowMeWithTwoMobiles(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	s.channel("2", "PJSIP/101-00000002", "Down", "101", "s", "1")
	s.local("3", "4", "89161112233")
	s.local("5", "6", "89161112244")
	for _, to := range []string{"2", "3", "5"} {
		s.begin("1", to)
	}
	s.channel("7", "PJSIP/trunk-00000007", "Down", "s", "s", "1")
	s.channel("8", "PJSIP/trunk-00000008", "Down", "s", "s", "1")
	s.begin("4", "7")
	s.begin("6", "8")
	s.state("2", "Ringing")
	s.state("7", "Up")
	s.end("4", "7", "ANSWER")
	s.hangup("16", "7")
	s.end("1", "3", "CHANUNAVAIL")
	s.hangup("16", "4", "3")
	s.state("8", "Up")
	s.end("6", "8", "ANSWER")
	s.enter("b1", "8", "6")
	s.end("1", "2", "CANCEL")
	s.hangup("26", "2")
	s.end("1", "5", "ANSWER")
	s.enter("b2", "5", "1")
	s.hangup("16", "8", "6", "5", "1")
	s.tells(`
	A incoming from or to "79161234567" "", dialled "74950000001"
	A is ringing
	A 101 ringing
	A 101 ended CANCEL
	A is answered
	A is ended missed=false cause=16 rang=2.2s`)
}

// A colleague's follow me rings her phone and her mobile, in either order: the call stays internal.
func TestFollowMeOfAColleague(t *testing.T) {
	for _, mobileFirst := range []bool{false, true} {
		s := newSequence(t)
		s.channel("1", "PJSIP/101-00000001", "Ring", "101", "110", "1")
		s.local("2", "3", "FMPR-110")
		s.local("4", "5", "FMGL-89161112233")
		s.begin("1", "2")
		s.begin("1", "4")
		s.channel("6", "PJSIP/trunk-00000006", "Down", "s", "s", "1")
		s.channel("7", "PJSIP/110-00000007", "Down", "110", "s", "1")
		if mobileFirst {
			s.begin("5", "6")
			s.begin("3", "7")
		} else {
			s.begin("3", "7")
			s.begin("5", "6")
		}
		s.state("6", "Up")
		s.end("5", "6", "ANSWER")
		s.enter("b1", "6", "5")
		s.end("1", "2", "CANCEL")
		s.end("3", "7", "CANCEL")
		s.hangup("26", "7", "2", "3")
		s.end("1", "4", "ANSWER")
		s.enter("b2", "4", "1")
		s.hangup("16", "6", "5", "4", "1")
		_, told := play(s.messages)
		last := told.seen["main:1795000000.1"]
		if last.Direction != "internal" || last.Number != "101" || last.DID != "110" || last.Missed ||
			last.AnsweredBy() != "" || last.MainExtension() != "101" {
			t.Errorf("mobile first %v: %+v", mobileFirst, last)
		}
	}
}
