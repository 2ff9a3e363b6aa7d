//go:build e2e

package e2e

import "traybell/test/e2e/phones"

const customer = "89167778899" // dialled by agents

// freePBX are calls through the dialplan in FreePBX's shape.
var freePBX = []story{
	{"FreePBX: outgoing by Gosub", dialledByGosub("8")},
	{"FreePBX: outgoing by Gosub in a context with the number", dialledByGosub("7")},
	{"FreePBX: outgoing without an answer", func(s *scene) {
		call, err := s.phones["201"].Dial(s.ctx, customer)
		s.must(err)
		s.outside()
		s.reads(`outgoing ringing 89167778899 on 89167778899: 201 ringing calling`)
		s.must(call.HangUp(s.ctx))
		s.reads(`outgoing ended 89167778899 on 89167778899: 201 ended calling`)
	}},
	{"FreePBX: a cell in a ring group does not confirm", func(s *scene) {
		caller := s.from(ivan, "601")
		s.rings("201")
		s.rings("202")
		cell := s.outside()
		s.must(cell.Answer(s.ctx))
		s.must(caller.HangUp(s.ctx))
		s.must(cell.WaitEnded(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000601: 201 ended CANCEL, 202 ended CANCEL; missed`)
	}},
	{"FreePBX: a member of a ring group does not confirm", func(s *scene) {
		caller := s.from(ivan, "601")
		at201 := s.rings("201")
		s.rings("202")
		s.outside()
		s.must(at201.Answer(s.ctx))
		s.must(at201.WaitHeard(s.ctx)) // the prompt: before it the call to 201 would be cancelled
		s.must(caller.HangUp(s.ctx))
		s.must(at201.WaitEnded(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000601: 201 ended CONTINUE, 202 ended CANCEL; missed`)
	}},
	{"FreePBX: the cell of follow me answers", func(s *scene) {
		caller := s.from(ivan, "211")
		s.rings("201")
		cell := s.outside()
		s.reads(`incoming ringing 74951234567 Ivan on 74950000211: 201 ringing`)
		s.must(cell.Answer(s.ctx))
		s.must(caller.WaitHeard(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000211: 201 ended CANCEL`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000211: 201 ended CANCEL`)
	}},
	{"FreePBX: click to call with two phones", func(s *scene) {
		s.cli("database put AMPUSER 201/device 201&99201")
		defer s.cli("database del AMPUSER 201/device")
		s.cli("channel originate Local/201@from-internal-additional extension " + customer +
			"@from-internal-additional")
		s.rings("99201")
		s.must(s.rings("201").Answer(s.ctx))
		s.must(s.outside().Answer(s.ctx))
		s.reads(`outgoing answered 89167778899 on 89167778899: 201 answered calling, 99201 ended calling CANCEL`)
	}},
}

func dialledByGosub(first string) func(s *scene) {
	number := first + customer[1:]
	return func(s *scene) {
		call, err := s.phones["201"].Dial(s.ctx, number)
		s.must(err)
		outside := s.outside()
		s.reads(`outgoing ringing ` + number + ` on ` + number + `: 201 ringing calling`)
		s.must(outside.Answer(s.ctx))
		s.reads(`outgoing answered ` + number + ` on ` + number + `: 201 answered calling`)
		s.must(call.HangUp(s.ctx))
		s.reads(`outgoing ended ` + number + ` on ` + number + `: 201 ended calling`)
	}
}

// from calls the company's number with these last digits through the trunk pstn.
func (s *scene) from(number, line string) *phones.Call {
	s.Helper()
	c, err := s.pstn.Call(s.ctx, "74950000"+line, number, "Ivan")
	s.must(err)
	return c
}

// outside waits for a call that leaves through the trunk pstn.
func (s *scene) outside() *phones.Call {
	s.Helper()
	c, err := s.pstn.WaitRinging(s.ctx)
	s.must(err)
	return c
}

func (s *scene) cli(command string) {
	s.Helper()
	if out, err := s.pbx.CLI(s.ctx, command); err != nil {
		s.Fatalf("%s: %v\n%s", command, err, out)
	}
}
