// Package why answers "why did the agent see no popup?": from the trace of the call, from the
// timeline, which knows when PBXs and desktops were away, or from both. Of and Moment are pure; a
// Reader reads what they need. The command line, the pages, REST and the agents' desktops get the
// same answers.
package why

import (
	"strings"
	"time"

	"traybell/shared/protocol"
)

// Cause is why an agent saw no popup. The names are stable.
type Cause string

// The causes.
const (
	Rights       Cause = "manager_rights" // the manager user of the PBX lacks rights
	NoAgent      Cause = "no_agent"       // no agent in hub.yml has the extension
	Untracked    Cause = "untracked"      // hub.yml does not track the called number
	KindOff      Cause = "kind_off"       // hub.yml switches this kind of popup off
	Quiet        Cause = "quiet"          // do-not-disturb
	SignedOut    Cause = "signed_out"
	OtherHub     Cause = "other_hub"   // the desktop left for another hub
	OwnSetting   Cause = "own_setting" // the agent has switched such popups off
	Blocked      Cause = "blocked"     // an agent blocked the caller
	PBXAway      Cause = "pbx_away"    // the hub had no connection to the PBX
	TooSlow      Cause = "too_slow"    // the desktop read too slowly, and the hub closed its session
	Closed       Cause = "closed"      // the agent closed the popup
	OtherScreen  Cause = "other_screen"
	Locked       Cause = "screen_locked"
	Notification Cause = "notification" // the desktop showed a notification instead of a card

	HubAway     Cause = "hub_away"     // the hub did not run
	OtherAgents Cause = "other_agents" // the tracked number is for other agents or teams
	Ruled       Cause = "rule"         // a rule of hub.yml shows the call to others, or without a popup
	NoRing      Cause = "no_ring"      // no phone of the agent rang
	Unconfirmed Cause = "unconfirmed"  // the desktop has reported nothing
	Forgotten   Cause = "forgotten"    // there is no trace of the call
	Unknown     Cause = "unknown"      // the desktop gave a reason that this hub does not know
	Shown       Cause = "shown"        // no cause: the popup was shown
)

// Causes are all causes, the commonest first.
func Causes() []Cause {
	return []Cause{
		Rights, NoAgent, Untracked, KindOff, Quiet, SignedOut, OtherHub, OwnSetting, Blocked, PBXAway, TooSlow, Closed,
		OtherScreen, Locked, Notification, HubAway, OtherAgents, Ruled, NoRing, Unconfirmed, Forgotten,
		Unknown, Shown,
	}
}

// Answer is the cause for one agent.
type Answer struct {
	Cause Cause
	Agent string    // the login; without an agent the extension
	PBX   string    // of the call, or the one that was away
	About string    // what the cause is about: an extension, a number, a right, an address, a monitor, a reason
	Rang  string    // NoRing, NoAgent: the extensions that rang
	At    time.Time // when it happened; zero: not known
	After time.Duration
}

// Reader is who reads an answer.
type Reader struct {
	Language string // "ru"; any other: English
	Agent    bool   // the agent, who cannot change the hub; otherwise an administrator
}

// Say returns a sentence for the answer and one for its remedy, which is empty if none is needed.
func (a Answer) Say(to Reader) (said, remedy string) {
	texts := english
	if strings.HasPrefix(to.Language, "ru") {
		texts = russian
	}
	t := texts.causes[a.Cause]
	said, remedy = t.said, t.remedy
	if to.Agent {
		said, remedy = t.you, t.yourRemedy
	}
	at, about := texts.someTime, a.About
	if a.At.IsZero() {
		said = strings.Replace(said, " ({at})", "", 1)
	} else {
		at = a.At.Local().Format("2006-01-02 15:04:05")
	}
	if about == "" {
		about = texts.notSaid
	}
	if word, ok := texts.words[about]; ok && (a.Cause == SignedOut || a.Cause == OwnSetting) {
		about = word
	}
	rang := a.Rang
	if rang == "" {
		rang = texts.none
	}
	fill := strings.NewReplacer("{agent}", a.Agent, "{pbx}", a.PBX, "{about}", about, "{rang}", rang, "{at}", at,
		"{after}", texts.seconds(a.After))
	return fill.Replace(said), fill.Replace(remedy)
}

// Explained is the answer for the agent's desktop.
func (a Answer) Explained(call, language string) protocol.ExplainedCall {
	said, remedy := a.Say(Reader{Language: language, Agent: true})
	return protocol.ExplainedCall{Call: call, Cause: string(a.Cause), Text: said, Remedy: remedy}
}
