package amitest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/wire"
)

// remembered is the number of actions kept for Received: a demo may run for weeks.
const remembered = 10_000

// command is an action that the PBX knows.
type command struct {
	name     string
	rights   []string // one of these is needed; none: always allowed
	synopsis string
	do       func(r request)
}

// commands are the known actions, with the rights that Asterisk 22 needs.
func commands() []command {
	return []command{
		{"Atxfer", []string{"call"}, "Attended transfer.", steer(steering.nothing)},
		{"BlindTransfer", []string{"call"}, "Blind transfer channel(s)", steer(steering.transfer)},
		{"CancelAtxfer", []string{"call"}, "Cancel an attended transfer.", steer(steering.nothing)},
		{"CoreSettings", []string{"system", "reporting"}, "Show PBX core settings.", request.coreSettings},
		{"DBDel", []string{"system"}, "Delete DB entry.", request.dbDel},
		{"DBDelTree", []string{"system"}, "Delete DB Tree.", request.dbDelTree},
		{"DBGet", []string{"system", "reporting"}, "Get DB Entry.", request.dbGet},
		{"DBGetTree", []string{"system", "reporting"}, "Get DB entries", request.dbGetTree},
		{"DBPut", []string{"system"}, "Put DB entry.", request.dbPut},
		{"DeviceStateList", []string{"call", "reporting"}, "List device states.", request.listStates},
		{"Events", nil, "Control Event Flow.", request.events},
		{"ExtensionStateList", []string{"call", "reporting"}, "List extension states.", request.listStates},
		{"Getvar", []string{"call", "reporting"}, "Gets a channel variable or function value.", steer(steering.exists)},
		{"Hangup", []string{"system", "call"}, "Hangup channel.", steer(steering.hangup)},
		{"ListCommands", nil, "List available manager commands.", request.listCommands},
		{"MixMonitorMute", []string{"system", "call"}, "Mute a recording.", steer(steering.muteRecording)},
		{"MuteAudio", []string{"system"}, "Mute an audio stream.", steer(steering.nothing)},
		{"Originate", []string{"originate"}, "Originate a call.", request.originate},
		{"Park", []string{"call"}, "Park a channel.", steer(steering.park)},
		{"ParkedCalls", []string{"call"}, "List parked calls.", request.parkedCalls},
		{"PJSIPNotify", []string{"system"}, "Send a NOTIFY to an endpoint or channel.", steer(steering.notify)},
		{"PlayDTMF", []string{"call"}, "Play DTMF signal on a specific channel.", steer(steering.nothing)},
		{"Ping", nil, "Keepalive command.", request.ping},
		{"QueueAdd", []string{"agent"}, "Add interface to queue.", request.queueAdd},
		{"QueuePause", []string{"agent"}, "Makes a queue member temporarily unavailable.", request.queuePause},
		{"QueueRemove", []string{"agent"}, "Remove interface from queue.", request.queueRemove},
		{"QueueStatus", nil, "Show queue status.", request.queueStatus},
		{"Setvar", []string{"call"}, "Sets a channel variable or function value.", steer(steering.setDevice)},
		{"Status", []string{"system", "call", "reporting"}, "List channel status.", request.status},
		{"UserEvent", []string{"user"}, "Send an arbitrary event.", request.userEvent},
	}
}

// request is an action of a client.
type request struct {
	pbx     *PBX
	client  *client
	message wire.Message
}

// carryOut carries out one action; false ends the connection.
func (p *PBX) carryOut(c *client, m wire.Message) bool {
	name, r := m.Get("Action"), request{p, c, m}
	if strings.EqualFold(name, "Login") && p.opts.RefusalDelay > 0 && !r.known() {
		timer := time.NewTimer(p.opts.RefusalDelay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.done:
			return false
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.received) == remembered {
		p.received = slices.Delete(p.received, 0, remembered/2)
	}
	p.received = append(p.received, Action{User: c.user, Message: m})
	defer p.tellWaiting()
	switch strings.ToLower(name) {
	case "login":
		return r.login()
	case "challenge":
		if !strings.EqualFold(m.Get("AuthType"), "MD5") {
			r.refuse("Must specify AuthType")
			return true
		}
		c.challenge = fmt.Sprintf("%09d", rand.IntN(1_000_000_000))
		r.reply("Success", "Challenge", c.challenge)
		return true
	case "logoff":
		r.reply("Goodbye", "Message", "Thanks for all the fish.")
		return false
	case "":
		r.refuse("Missing action in request")
		return true
	}
	if c.user == "" {
		r.refuse("Permission denied")
		return true
	}
	for _, cmd := range commands() {
		if !strings.EqualFold(cmd.name, name) {
			continue
		}
		if !c.may(cmd) {
			r.refuse("Permission denied")
			return true
		}
		if !p.lies.Mute {
			cmd.do(r)
		}
		return true
	}
	r.refuse(
		fmt.Sprintf("Invalid/unknown command: %s. Use Action: ListCommands to show available commands.", name))
	return true
}

func (c *client) may(cmd command) bool {
	return len(cmd.rights) == 0 || slices.ContainsFunc(cmd.rights, func(right string) bool {
		return allows(c.rights.Write, right)
	})
}

// known reports whether a login would succeed.
func (r request) known() bool {
	r.pbx.mu.Lock()
	defer r.pbx.mu.Unlock()
	return r.authentic()
}

func (r request) authentic() bool {
	user, ok := r.pbx.opts.Users[r.message.Get("Username")]
	if !ok || r.pbx.lies.Refuse {
		return false
	}
	if strings.EqualFold(r.message.Get("AuthType"), "MD5") {
		digest := md5.Sum([]byte(r.client.challenge + user.Secret))
		return r.client.challenge != "" && r.message.Get("Key") == hex.EncodeToString(digest[:])
	}
	return r.message.Get("Secret") == user.Secret
}

func (r request) login() bool {
	if !r.authentic() {
		r.refuse("Authentication failed")
		return false
	}
	b := appendMessage(nil, r.answer("Success", "Message", "Authentication accepted"), r.pbx.eol())
	r.client.user = r.message.Get("Username")
	r.client.rights = r.pbx.opts.Users[r.client.user]
	if events, ok := r.message.Lookup("Events"); ok {
		r.client.mask = mask(events)
	}
	if r.client.receives("system") {
		booted := NewEvent("FullyBooted", "system", "Uptime", strconv.FormatInt(time.Now().Unix()-r.pbx.boot, 10),
			"LastReload", "0", "Status", "Fully Booted")
		b = appendMessage(b, booted.all(), r.pbx.eol())
	}
	r.client.send(slices.Concat(r.pbx.lies.Garbage, b, r.pbx.lies.Glue))
	return true
}

// mask reads an event mask: nil is everything, an empty one nothing.
func mask(list string) []string {
	switch strings.ToLower(strings.TrimSpace(list)) {
	case "on", "all", "yes", "true", "1", "-1":
		return nil
	case "off", "no", "false", "0", "":
		return []string{}
	}
	return classes(list)
}

// answer makes the fields of a reply.
func (r request) answer(response string, pairs ...string) []wire.Field {
	fields := []wire.Field{{Key: "Response", Value: response}}
	if id := r.message.ActionID(); id != "" {
		fields = append(fields, wire.Field{Key: "ActionID", Value: id})
	}
	return append(fields, NewEvent("", "", pairs...).Fields...)
}

func (r request) reply(response string, pairs ...string) {
	r.client.send(appendMessage(slices.Clone(r.pbx.lies.Garbage), r.answer(response, pairs...), r.pbx.eol()))
}

func (r request) refuse(why string) {
	r.reply("Error", "Message", why)
}

// list answers with rows, which are events with the ActionID.
func (r request) list(message, complete string, rows []Event) {
	id := wire.Field{Key: "ActionID", Value: r.message.ActionID()}
	b := appendMessage(slices.Clone(r.pbx.lies.Garbage), r.answer("Success", "EventList", "start", "Message", message),
		r.pbx.eol())
	for _, row := range rows {
		b = appendMessage(b, append(row.all(), id), r.pbx.eol())
	}
	count := strconv.Itoa(len(rows) + r.pbx.lies.ListItems)
	end := NewEvent(complete, "", "ActionID", r.message.ActionID(), "EventList", "Complete", "ListItems", count)
	r.client.send(appendMessage(b, end.all(), r.pbx.eol()))
}

func (r request) ping() {
	now := time.Now()
	r.reply("Success", "Ping", "Pong", "Timestamp", fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000))
}

func (r request) events() {
	r.client.mask = mask(r.message.Get("EventMask"))
	state := "On"
	if r.client.mask != nil && len(r.client.mask) == 0 {
		state = "Off"
	}
	r.reply("Success", "Events", state)
}

func (r request) listCommands() {
	var pairs []string
	for _, cmd := range commands() {
		if r.client.may(cmd) {
			rights := "<none>"
			if len(cmd.rights) > 0 {
				rights = strings.Join(cmd.rights, ",") + ",all"
			}
			pairs = append(pairs, cmd.name, fmt.Sprintf("%s (Priv: %s)", cmd.synopsis, rights))
		}
	}
	r.reply("Success", pairs...)
}

func (r request) coreSettings() {
	r.reply("Success", "AMIversion", "11.0.0", "AsteriskVersion", "22.0.0", "SystemName", "")
}

func (r request) userEvent() {
	e := NewEvent("UserEvent", "user")
	for k, v := range r.message.Each() {
		if !strings.EqualFold(k, "Action") {
			e.Fields = append(e.Fields, wire.Field{Key: k, Value: v})
		}
	}
	r.reply("Success", "Message", "Event Sent")
	r.pbx.emit(e)
}

// entry reads the Family and Key that an action must have.
func (r request) entry() (family, key string, ok bool) {
	family, key = r.message.Get("Family"), r.message.Get("Key")
	switch {
	case family == "":
		r.refuse("No family specified.")
	case key == "":
		r.refuse("No key specified.")
	default:
		return family, key, true
	}
	return "", "", false
}

func (r request) dbGet() {
	family, key, ok := r.entry()
	if !ok {
		return
	}
	value, ok := r.pbx.db[family][key]
	if !ok {
		r.refuse("Database entry not found")
		return
	}
	r.list("Result will follow", "DBGetComplete", []Event{
		NewEvent("DBGetResponse", "", "Family", family, "Key", key, "Val", value),
	})
}

func (r request) dbGetTree() {
	family := r.message.Get("Family")
	var rows []Event
	for _, key := range slices.Sorted(maps.Keys(r.pbx.db[family])) {
		rows = append(rows, NewEvent("DBGetTreeResponse", "", "Key", "/"+family+"/"+key, "Val", r.pbx.db[family][key]))
	}
	if len(rows) == 0 {
		r.refuse("Database entry not found")
		return
	}
	r.list("Result will follow", "DBGetTreeComplete", rows)
}

func (r request) dbPut() {
	if family, key, ok := r.entry(); ok {
		if !r.pbx.lies.Forgets {
			r.pbx.put(family, key, r.message.Get("Val"))
		}
		r.reply("Success", "Message", "Updated database successfully")
	}
}

func (r request) dbDel() {
	family, key, ok := r.entry()
	if !ok {
		return
	}
	if _, found := r.pbx.db[family][key]; !found {
		r.refuse("Database entry not found")
		return
	}
	if !r.pbx.lies.Forgets {
		delete(r.pbx.db[family], key)
	}
	r.reply("Success", "Message", "Key deleted successfully")
}

func (r request) dbDelTree() {
	family := r.message.Get("Family")
	if len(r.pbx.db[family]) == 0 {
		r.refuse("Database entry not found")
		return
	}
	if key := r.message.Get("Key"); key != "" {
		delete(r.pbx.db[family], key)
	} else {
		delete(r.pbx.db, family)
	}
	r.reply("Success", "Message", "Key tree deleted successfully")
}

func (r request) status() {
	var rows []Event
	for _, id := range r.pbx.order {
		if row := r.pbx.live[id]; r.message.Get("Channel") == "" || r.message.Get("Channel") == row.Name {
			rows = append(rows, row.status())
		}
	}
	if len(rows) == 0 && r.message.Get("Channel") != "" {
		r.refuse("No such channel")
		return
	}
	r.list("Channel status will follow", "StatusComplete", rows)
}
