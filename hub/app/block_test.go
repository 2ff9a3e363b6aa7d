package app_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// branch adds a second PBX and all rights, and protects Ivanov and long extensions.
func (s *story) branch() *amitest.PBX {
	s.t.Helper()
	second, err := amitest.New(amitest.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = second.Close() })
	s.yaml = strings.NewReplacer(
		"pbx: [{", `pbx: [{id: branch, address: "`+second.Addr()+`", username: `+amitest.Username+`, password: "`+
			amitest.Secret+`"}, {id: off, enabled: false, address: "127.0.0.1:9", username: x, password: y}, {`,
		"rights: [ticket]", "rights: [ticket, category, block]",
	).Replace(s.yaml) + "blocking: {protected: [ivanov, _2XXXXXX]}\n"
	return second
}

func (s *story) bothWorking(second *amitest.PBX) {
	s.t.Helper()
	s.working()
	if _, err := second.WaitAction(s.t.Context(), "Status", 1); err != nil {
		s.t.Fatal(err)
	}
	look, late := time.NewTicker(5*time.Millisecond), time.After(patience)
	defer look.Stop()
	for !strings.Contains(s.log.String(), "directory read") { // blocking needs the directory
		select {
		case <-look.C:
		case <-late:
			s.t.Fatal("the directory is not read")
		}
	}
}

// says sends an action and returns its answer.
func (x *testTerminal) says(name string, data any) protocol.Message {
	x.t.Helper()
	id := x.do(name, data)
	late := time.After(patience)
	for {
		select {
		case m, ok := <-x.messages:
			if !ok {
				x.t.Fatalf("connection closed before the answer to %s", name)
			}
			if m.Re == id {
				return m
			}
		case <-late:
			x.t.Fatalf("no answer to %s", name)
		}
	}
}

func (x *testTerminal) blocks(name, number string) (string, protocol.BlockedCaller) {
	x.t.Helper()
	m := x.says(name, protocol.BlockCaller{Number: number, Reason: "Sells <carpets>"})
	var b protocol.BlockedCaller
	if m.Type == protocol.Error {
		var f protocol.Failure
		if err := m.Decode(&f); err != nil {
			x.t.Fatal(err)
		}
		return string(f.Code) + " " + f.Text, b
	}
	if err := m.Decode(&b); err != nil {
		x.t.Fatal(err)
	}
	return m.Name, b
}

// awaitBlocked waits for the event that a number is blocked or not.
func (x *testTerminal) awaitBlocked(blocked bool) protocol.BlockedCaller {
	x.t.Helper()
	for {
		var b protocol.BlockedCaller
		if err := x.await(protocol.CallerBlocked).Decode(&b); err != nil {
			x.t.Fatal(err)
		}
		if b.Blocked == blocked && len(b.Failed) == 0 {
			return b
		}
	}
}

var forms = []string{"+74957654321", "0074957654321", "4957654321", "74957654321", "84957654321"}

func TestBlockOnEveryPBXInEveryForm(t *testing.T) {
	s := tell(t)
	second := s.branch()
	second.Set("blacklist", "blocked", "1") // FreePBX's own
	s.start()
	s.bothWorking(second)
	anna, boris := s.signIn("101"), s.signIn("102")

	if name, b := anna.blocks(protocol.CallerBlock, "8 (495) 765-43-21"); name != protocol.CallerBlocked ||
		!b.Blocked || b.By != "Anna Petrova" || b.Number != "+74957654321" {
		t.Fatalf("%s %+v", name, b)
	}
	if b := boris.awaitBlocked(true); b.By != "Anna Petrova" || b.Reason != "Sells <carpets>" {
		t.Errorf("boris got %+v", b)
	}
	for name, pbx := range map[string]*amitest.PBX{"main": s.pbx, "branch": second} {
		list := pbx.Family("blacklist")
		delete(list, "blocked")
		if got := slices.Sorted(maps.Keys(list)); !slices.Equal(got, forms) {
			t.Errorf("%s: %q", name, got)
		}
		if !strings.HasPrefix(list["84957654321"], "Sells &lt;carpets&gt; (Anna Petrova, ") {
			t.Errorf("%s: %q", name, list["84957654321"])
		}
	}
	for number, want := range map[string]string{
		"101": "forbidden", "2123456": "forbidden", "+7 495 123-45-67": "forbidden", "anonymous": "invalid",
		"dest": "forbidden", "7495\r\nAction: Command": "forbidden",
	} {
		if name, b := anna.blocks(protocol.CallerBlock, number); !strings.HasPrefix(name, want) {
			t.Errorf("%s: %s %+v", number, name, b)
		}
	}
	if name, b := boris.blocks(protocol.CallerUnblock, "84957654321"); name != protocol.CallerBlocked || b.Blocked {
		t.Errorf("%s %+v", name, b)
	}
	anna.awaitBlocked(false)
	if len(s.pbx.Family("blacklist")) != 0 || len(second.Family("blacklist")) != 1 {
		t.Errorf("afterwards: %v, %v", s.pbx.Family("blacklist"), second.Family("blacklist"))
	}
	if name, _ := boris.blocks(protocol.CallerUnblock, "84957654321"); !strings.HasPrefix(name, "not_found") {
		t.Errorf("second time: %s", name)
	}
}

func TestNoBlockWhileACustomerListIsMissing(t *testing.T) {
	s := tell(t)
	s.branch()
	s.yaml = strings.Replace(s.yaml, "path: customers.csv", "path: clients.csv", 1)
	s.start()
	s.working()
	if name, _ := s.signIn("101").blocks(protocol.CallerBlock, "84957654321"); !strings.Contains(name,
		"is not known yet") ||
		!strings.Contains(s.log.String(), "has not read the directory customers yet") {
		t.Errorf("%s\n%s", name, s.log)
	}
	if list := s.pbx.Family("blacklist"); len(list) > 0 {
		t.Errorf("blocked: %v", list)
	}
}

func TestBlockOnAPBXThatReconnects(t *testing.T) {
	s := tell(t)
	second := s.branch()
	s.start()
	s.bothWorking(second)
	anna := s.signIn("101")
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	anna.untilPBX("branch", protocol.PBXConnecting)
	name, b := anna.blocks(protocol.CallerBlock, "84957654321")
	if name != protocol.BlockingPartial || !slices.Equal(b.Failed, []string{"branch"}) ||
		b.Problem != protocol.BlockIncomplete || !strings.Contains(s.log.String(), "the PBX branch is not connected") {
		t.Fatalf("%s %+v", name, b)
	}
	if len(s.pbx.Family("blacklist")) != len(forms) || len(second.Family("blacklist")) != 0 {
		t.Errorf("%v, %v", s.pbx.Family("blacklist"), second.Family("blacklist"))
	}

	// the next hub does the rest
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	anna = s.signIn("101")
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	if b := anna.awaitBlocked(true); b.By != "Anna Petrova" || b.Number != "+74957654321" {
		t.Errorf("anna got %+v", b)
	}
	if got := slices.Sorted(maps.Keys(second.Family("blacklist"))); !slices.Equal(got, forms) {
		t.Errorf("on the branch: %q", got)
	}
}

func TestCategoryReachesAllDesktopsAndIsKept(t *testing.T) {
	s := tell(t)
	s.branch()
	s.start()
	s.working()
	anna, boris := s.signIn("101"), s.signIn("102")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"})
	call.Ring("101", "102")
	boris.sees("the ring", func(c protocol.Call) bool { return c.Caller.Status == protocol.Several })

	if m := anna.says(protocol.CategorySet, protocol.SetCategory{
		Number: "+7 495 765 43 21", Color: protocol.Red, Comment: "Shouts",
	}); m.Name != protocol.Accepted {
		t.Fatalf("%s %s", m.Name, m.Data)
	}
	red := func(c protocol.Category) bool {
		return c.Color == protocol.Red && c.Comment == "Shouts" && c.Author == "Anna Petrova" && !c.Changed.IsZero()
	}
	var event protocol.Category
	if err := boris.await(protocol.CategoryEvent).Decode(&event); err != nil || !red(event) ||
		event.Number != "+74957654321" {
		t.Errorf("boris got %+v, %v", event, err)
	}
	boris.sees("the call's new category", func(c protocol.Call) bool { return red(c.Caller.Category) })
	call.Hangup()

	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	anna = s.signIn("101")
	for _, presented := range []string{"+74957654321", "74957654321", "84957654321"} {
		again := s.pbx.Incoming(amitest.Incoming{Number: presented, DID: "74950000001"})
		again.Ring("101")
		c := anna.sees("the category of another day", func(c protocol.Call) bool {
			return c.State == protocol.Ringing && red(c.Caller.Category)
		})
		if c.Number != presented {
			t.Errorf("%s called, %s is shown", presented, c.Number)
		}
		again.Hangup()
		anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	}
}

// untilPBX waits for the event that a PBX is in that state.
func (x *testTerminal) untilPBX(id string, state protocol.PBXState) {
	x.t.Helper()
	for p := (protocol.PBX{}); p.ID != id || p.State != state; {
		if err := x.await(protocol.PBXEvent).Decode(&p); err != nil {
			x.t.Fatal(err)
		}
	}
}

func TestNotesCommand(t *testing.T) {
	s := tell(t)
	second := s.branch()
	s.start()
	s.bothWorking(second)
	anna, boris := s.signIn("101"), s.signIn("102")
	anna.says(protocol.CategorySet, protocol.SetCategory{
		Number: "84957654321", Color: protocol.Yellow, Comment: "Pays\nlate",
	})
	boris.says(protocol.CategorySet, protocol.SetCategory{Number: "84957654321", Color: protocol.Red})
	boris.blocks(protocol.CallerBlock, "84957654321")
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	anna.untilPBX("branch", protocol.PBXConnecting)
	anna.blocks(protocol.CallerUnblock, "84957654321")

	told := s.must("notes", "+7 (495) 765-43-21")
	rest := told
	for _, want := range []string{
		"+74957654321\n", "red       Boris Ivanov\n", "yellow    Anna Petrova: Pays late\n",
		"unblocked Anna Petrova (anna): Sells <carpets>; not yet on every PBX\n",
		"branch  +74957654321       not done: the PBX branch is not connected\n", "main  84957654321        done\n",
		"blocked   Boris Ivanov (boris): Sells <carpets>\n", "branch  0074957654321      done\n",
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("%q is missing or in the wrong place:\n%s", want, told)
		}
		rest = after
	}
	if told := s.must("notes", "+74950000009"); !strings.Contains(told, "No notes, never blocked.") {
		t.Error(told)
	}
	if _, err := s.command("notes", "anonymous"); err == nil {
		t.Error("a withheld number has notes")
	}
}
