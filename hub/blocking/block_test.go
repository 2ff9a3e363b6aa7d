package blocking

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/jobs"
	"traybell/shared/phone"
)

func TestBlockInEveryFormOnEveryPBX(t *testing.T) {
	open(t, func(o *office) {
		o.answers(o.block("8 495 765-43-21", "Sells carpets"), "all +74957654321 true by Dora Weiss, failed [].")
		o.shown("+74957654321 true [] dora")
		forms := []string{"+74957654321", "0074957654321", "4957654321", "74957654321", "84957654321"}
		for _, pbx := range o.PBXs() {
			if got := o.on(pbx); !slices.Equal(got, forms) {
				t.Errorf("on %s: %q", pbx, got)
			}
		}
		if got := o.lists["main"]["84957654321"]; !strings.HasPrefix(got, "Sells carpets (Dora Weiss, 2") {
			t.Errorf("the administrator reads %q", got)
		}
		if b := o.acts[0]; b.State != Done || b.Agent != "dora" || b.Reason != "Sells carpets" || b.At.IsZero() ||
			len(b.Entries) != 10 || b.Claim != (jobs.Claim{}) {
			t.Errorf("kept: %+v", b)
		}
		o.answers(o.unblock("tel:+74957654321"), "all +74957654321 false")
		o.shown("+74957654321 false [] dora")
		if got := o.everywhere(); len(got) > 0 {
			t.Errorf("still blocked: %q", got)
		}
		o.answers(o.unblock("+74957654321"), "not_found: This number is not blocked. retry false")
		o.shown()
	})
}

func TestNumbersThatAreNeverBlocked(t *testing.T) {
	open(t, func(o *office) {
		for number, want := range map[string]string{
			"101":    "forbidden: 101 is an internal number",
			"123456": "forbidden: 123456 may be an internal number", // the longest extension
			"112":    "forbidden: 112 may be an internal number",
			// an extension that looks like a number
			"+7 495 999-99-99":        "forbidden: 8 (495) 999-99-99 is an internal number",
			"sip:sales@acme":          "forbidden: \"sales\" is an internal number", // and one with letters
			"reception":               "forbidden",
			"blocked":                 "invalid: The caller withheld",
			"anonymous":               "invalid: The caller withheld",
			"":                        "invalid: The caller withheld",
			"+74950000001":            "forbidden: 8 (495) 000-00-01 is protected",
			"+7 812 123-45-67":        "forbidden: 8 (812) 123-45-67 is protected",
			"+7 495 123-45-67":        "is protected", // Ivanov's
			"*99912345678901":         "invalid: ",
			"7495%":                   "forbidden",
			"7495\r\nAction: x":       "forbidden",
			strings.Repeat("7", 33):   "invalid: ",
			strings.Repeat("7", 1000): "invalid: ",
		} {
			o.answers(o.block(number, ""), want)
		}
		o.answers(answer(o.Service.Block(o.t.Context(), anna, "+74957654321", "")),
			"forbidden: You do not have the right block")
		o.answers(answer(o.Service.Unblock(o.t.Context(), anna, "+74957654321", "")), "forbidden: ")
		o.answers(o.block("+74957654321", strings.Repeat("x", 2000)), "invalid: The text is longer")
		if len(o.everywhere())+len(o.acts) > 0 {
			t.Errorf("something was blocked: %v, %v", o.lists, o.acts)
		}
		o.pbxs = nil
		o.answers(o.block("+74957654321", ""), "invalid: There is no PBX")
	})
}

func TestProtectedCustomerThatCannotBeLookedUp(t *testing.T) {
	open(t, func(o *office) {
		o.slow = time.Hour
		o.answers(o.block("+74957654321", ""),
			"please try again. retry true (The directories do not answer")
		o.slow, o.unreadable = 0, []string{"crm"}
		o.answers(o.block("+74957654321", ""),
			"please try again. retry true (The hub has not read the directory crm yet")
		if len(o.acts) > 0 {
			t.Error("blocked without the lookup")
		}
	})
}

func TestUnreachablePBXCatchesUp(t *testing.T) {
	open(t, func(o *office) {
		o.away["branch"] = &Error{Reason: "the PBX branch is not connected"}
		o.answers(o.block("+74957654321", ""), "partial +74957654321 true by Dora Weiss, failed [branch]. The number "+
			"is not blocked everywhere (PBX branch). The hub tries again")
		o.shown("+74957654321 true [branch] dora")
		if len(o.on("main")) != 5 || len(o.on("branch")) != 0 || o.acts[0].State != Pending ||
			o.acts[0].Claim != (jobs.Claim{}) {
			t.Errorf("%v, %+v", o.lists, o.acts)
		}
		o.Connected(o.t.Context(), "main")   // nothing to do there
		o.Connected(o.t.Context(), "branch") // and disconnected again at once
		if o.acts[0].State != Pending || o.acts[0].Claim != (jobs.Claim{}) {
			t.Errorf("%+v", o.acts)
		}
		o.shown()
		delete(o.away, "branch")
		o.Connected(o.t.Context(), "branch")
		if len(o.on("branch")) != 5 || o.acts[0].State != Done {
			t.Errorf("%v, %+v", o.lists, o.acts)
		}
		o.shown("+74957654321 true []")

		o.away["main"] = &Error{Reason: "the PBX main is not connected"}
		o.answers(o.unblock("+74957654321"), "partial +74957654321 false by Dora Weiss, failed [main]")
		delete(o.away, "main")
		o.Connected(o.t.Context(), "main")
		if got := o.everywhere(); len(got) > 0 {
			t.Errorf("still blocked: %q", got)
		}
	})
}

func TestBlockThatFailsOnEveryPBXIsDropped(t *testing.T) {
	open(t, func(o *office) {
		for _, pbx := range o.PBXs() {
			o.away[pbx] = &Error{Reason: "the PBX " + pbx + " does not allow it", Err: errors.New("Permission denied")}
		}
		o.answers(o.block("+74957654321", ""), "pbx: The number could not be blocked (PBX branch, main). retry true "+
			"(the PBX branch does not allow it; the PBX main does not allow it)")
		clear(o.away)
		o.Connected(o.t.Context(), "main")
		if len(o.on("main")) > 0 || o.acts[0].State != Failed {
			t.Errorf("blocked after a refusal was reported: %v, %+v", o.lists, o.acts)
		}
		for _, pbx := range o.PBXs() {
			o.away[pbx] = &Error{Reason: "the PBX " + pbx + " does not answer", Uncertain: true}
		}
		o.answers(o.block("+74957654321", ""), "partial +74957654321 true by Dora Weiss, failed [branch main]")
	})
}

func TestFormOfTheLiveCallIsBlockedToo(t *testing.T) {
	open(t, func(o *office) {
		// a PBX that dials Russia from Russia, and one that is disabled
		o.presented = map[string][]string{"branch": {"81074957654321", "reception", "101"}, "old": {"1234567"}}
		o.answers(o.block("+74957654321", ""), "all ")
		if len(o.on("branch")) != 6 || !slices.Contains(o.on("branch"), "81074957654321") || len(o.on("main")) != 5 {
			t.Errorf("%v", o.lists)
		}
	})
}

// A short number can be blocked if a caller outside presents it, but not that of a colleague.
func TestShortNumbers(t *testing.T) {
	open(t, func(o *office) {
		o.answers(o.block("23456", ""), "forbidden: 23456 may be an internal number")
		o.presented = map[string][]string{"main": {"23456"}}
		o.answers(o.block("23456", ""), "all 23456 true")
		if got := o.everywhere(); !slices.Equal(got, []string{"23456", "23456"}) {
			t.Errorf("blocked: %q", got)
		}
		o.presented = nil
		o.answers(o.unblock("23456"), "all 23456 false")
		o.presented = map[string][]string{"main": {"101"}}
		o.answers(o.block("101", ""), "forbidden: 101 is an internal number")
		if got := o.everywhere(); len(got) > 0 {
			t.Errorf("still blocked: %q", got)
		}
	})
}

// A form that is more likely another subscriber's is blocked only if the call presents it.
func TestBlockedFormsAreNotAStrangers(t *testing.T) {
	for name, c := range map[string]struct {
		region, number string
		presented      []string
		want           []string
	}{
		"a mobile phone": {"DE", "+491716783154", nil, []string{
			"+491716783154", "00491716783154", "01716783154", "1716783154", "491716783154",
		}},
		"a line whose area code is the country code": {"DE", "+49491716783154", nil, []string{
			"+49491716783154", "0049491716783154", "0491716783154", "49491716783154",
		}},
		"in a call without its trunk prefix": {"DE", "+49491716783154", []string{"491716783154"}, []string{
			"+49491716783154", "0049491716783154", "0491716783154", "491716783154", "49491716783154",
		}},
		"with and without Argentina's 9": {"AR", "11 2345-6789", nil, []string{
			"+541123456789", "+5491123456789", "00541123456789", "005491123456789", "0111523456789", "01123456789",
			"091123456789", "111523456789", "1123456789", "541123456789", "5491123456789", "91123456789",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, func(o *office) {
				numbers, err := phone.NewReader(c.region, nil)
				if err != nil {
					t.Fatal(err)
				}
				rules := o.Rules()
				rules.Numbers = numbers
				o.Rules = func() Rules { return rules }
				o.presented = map[string][]string{"main": c.presented}
				o.answers(o.block(c.number, ""), "all ")
				if got := o.on("main"); !slices.Equal(got, c.want) {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		})
	}
}

// Unblocking removes the entries of an earlier block, even if no call presents that form any more.
func TestUnblockingRemovesTheFormsOfTheLastBlock(t *testing.T) {
	open(t, func(o *office) {
		o.presented = map[string][]string{"branch": {"81074957654321"}}
		o.answers(o.block("+74957654321", ""), "all ")
		o.presented = nil
		o.answers(o.unblock("+74957654321"), "all ")
		if got := o.everywhere(); len(got) > 0 {
			t.Errorf("still blocked: %q", got)
		}
	})
}

func TestAgentsSeeHowANumberIsBlocked(t *testing.T) {
	open(t, func(o *office) {
		const key = "+74957654321"
		if b := o.Of(o.t.Context(), key); b != nil {
			t.Errorf("blocked without an act: %+v", b)
		}
		o.away["branch"] = &Error{Reason: "branch is away", Err: errors.New("closed")}
		o.answers(o.block("8 495 765-43-21", "Sells carpets"), "partial")
		if b := o.Of(o.t.Context(), key); b == nil || b.By != "Dora Weiss" || b.Reason != "Sells carpets" ||
			!b.At.Equal(o.acts[0].At) || !slices.Equal(b.Failed, []string{"branch"}) {
			t.Errorf("blocked: %+v", b)
		}
		delete(o.away, "branch")
		o.Connected(o.t.Context(), "branch")
		if b := o.Of(o.t.Context(), key); b == nil || len(b.Failed) != 0 {
			t.Errorf("after the branch came back: %+v", b)
		}
		o.answers(o.unblock("8 495 765-43-21"), "false by Dora Weiss")
		if b := o.Of(o.t.Context(), key); b != nil {
			t.Errorf("unblocked: %+v", b)
		}
		if b := o.Of(o.t.Context(), ""); b != nil {
			t.Errorf("a withheld number: %+v", b)
		}
	})
}

func TestStoreFails(t *testing.T) {
	open(t, func(o *office) {
		o.refuses = errors.New("the disk is full")
		o.answers(o.block("+74957654321", ""), "internal: Nothing was blocked: the hub could not save it.")
		if got := o.everywhere(); len(got) > 0 {
			t.Errorf("blocked, but not stored: %q", got)
		}
		o.refuses = nil
		o.takes = time.Second
		go func() { // the store fails between begin and end
			time.Sleep(time.Second / 2)
			o.mu.Lock()
			defer o.mu.Unlock()
			o.refuses = errors.New("the disk is full")
		}()
		o.answers(o.block("+74957654321", ""), "all ")
		if o.acts[0].State != Pending || o.acts[0].Claim.Owner != "hub-1" {
			t.Errorf("kept: %+v", o.acts[0])
		}
		o.Connected(o.t.Context(), "main")
		o.refuses = nil
		o.exchange.service(t, "hub-1").Connected(o.t.Context(), "main") // restarted
		if o.acts[0].State != Done {
			t.Errorf("after a restart: %+v", o.acts[0])
		}
	})
}

func TestHubStopsDuringABlock(t *testing.T) {
	open(t, func(o *office) {
		o.away["branch"] = &Error{Reason: "branch is away"}
		o.answers(o.block("+74957654321", ""), "partial")
		clear(o.away)
		o.takes = time.Second
		ctx, stop := context.WithTimeout(o.t.Context(), 2500*time.Millisecond)
		defer stop()
		o.Connected(ctx, "branch")
		if b := o.acts[0]; b.State != Pending || len(o.on("branch")) != 2 || len(b.Told().Failed) == 0 {
			t.Errorf("stopped: %+v, %v", b, o.lists)
		}
		o.exchange.service(t, "hub-1").Connected(o.t.Context(), "branch")
		if o.acts[0].State != Done || len(o.on("branch")) != 5 {
			t.Errorf("restarted: %+v, %v", o.acts[0], o.lists)
		}
		ctx, stop = context.WithTimeout(o.t.Context(), 500*time.Millisecond)
		defer stop()
		o.answers(answer(o.Service.Unblock(ctx, guard, "+74957654321", "")), "all ") // the desktop went away
	})
}

func TestWorkOfAnotherHubIsLeftAlone(t *testing.T) {
	open(t, func(o *office) {
		o.away["branch"] = &Error{Reason: "branch is away"}
		o.answers(o.block("+74957654321", ""), "partial")
		clear(o.away)
		o.acts[0].Claim = jobs.Claim{Owner: "hub-2", Until: time.Now().Add(time.Minute)}
		o.Connected(o.t.Context(), "branch")
		if len(o.on("branch")) > 0 {
			t.Errorf("two hubs work on it: %v", o.lists)
		}
		time.Sleep(time.Minute)
		o.Connected(o.t.Context(), "branch")
		if o.acts[0].State != Done {
			t.Errorf("not taken over: %+v", o.acts[0])
		}
	})
}

// A number may become protected after it was blocked. Then it is not blocked on further PBXs.
func TestBlockOfANumberProtectedSinceIsNotCompleted(t *testing.T) {
	open(t, func(o *office) {
		o.away["branch"] = &Error{Reason: "branch is away"}
		o.answers(o.block("+74957654321", ""), "partial")
		clear(o.away)
		rules := o.Rules()
		rules.Extension = func(number string) bool { return number == "84957654321" }
		o.Rules = func() Rules { return rules }
		o.shown("+74957654321 true [branch] dora")
		o.Connected(o.t.Context(), "branch")
		if len(o.on("branch")) > 0 || o.acts[0].State != Pending || o.acts[0].Claim != (jobs.Claim{}) {
			t.Errorf("%v, %+v", o.lists, o.acts[0])
		}
		o.shown()
	})
}

func TestBusyHubRefuses(t *testing.T) {
	open(t, func(o *office) {
		o.stopping = errors.New("the hub is stopping")
		o.answers(o.block("+74957654321", ""), "busy: The hub is busy or stopping: please try again. retry true")
		if len(o.acts) > 0 {
			t.Errorf("kept: %+v", o.acts)
		}
	})
}
