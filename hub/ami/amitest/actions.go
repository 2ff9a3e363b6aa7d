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
	do       func(p *PBX, c *client, m wire.Message)
}

// commands are the known actions, with the rights that Asterisk 22 needs.
func commands() []command {
	return []command{
		{"CoreSettings", []string{"system", "reporting"}, "Show PBX core settings (version etc).", (*PBX).coreSettings},
		{"DBDel", []string{"system"}, "Delete DB entry.", (*PBX).dbDel},
		{"DBDelTree", []string{"system"}, "Delete DB Tree.", (*PBX).dbDelTree},
		{"DBGet", []string{"system", "reporting"}, "Get DB Entry.", (*PBX).dbGet},
		{
			"DBGetTree",
			[]string{"system", "reporting"},
			"Get DB entries, optionally at a particular family/key",
			(*PBX).dbGetTree,
		},
		{"DBPut", []string{"system"}, "Put DB entry.", (*PBX).dbPut},
		{"Events", nil, "Control Event Flow.", (*PBX).events},
		{"ListCommands", nil, "List available manager commands.", (*PBX).listCommands},
		{"Ping", nil, "Keepalive command.", (*PBX).ping},
		{"Status", []string{"system", "call", "reporting"}, "List channel status.", (*PBX).status},
		{"UserEvent", []string{"user"}, "Send an arbitrary event.", (*PBX).userEvent},
	}
}

// act carries out one action; false ends the connection.
func (p *PBX) act(c *client, m wire.Message) bool {
	name := m.Get("Action")
	if strings.EqualFold(name, "Login") && p.opts.RefusalDelay > 0 && !p.known(c, m) {
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
		return p.login(c, m)
	case "challenge":
		if !strings.EqualFold(m.Get("AuthType"), "MD5") {
			p.refuse(c, m, "Must specify AuthType")
			return true
		}
		c.challenge = fmt.Sprintf("%09d", rand.IntN(1_000_000_000))
		p.reply(c, m, "Success", "Challenge", c.challenge)
		return true
	case "logoff":
		p.reply(c, m, "Goodbye", "Message", "Thanks for all the fish.")
		return false
	case "":
		p.refuse(c, m, "Missing action in request")
		return true
	}
	if c.user == "" {
		p.refuse(c, m, "Permission denied")
		return true
	}
	for _, cmd := range commands() {
		if !strings.EqualFold(cmd.name, name) {
			continue
		}
		if !c.may(cmd) {
			p.refuse(c, m, "Permission denied")
			return true
		}
		if !p.lies.Mute {
			cmd.do(p, c, m)
		}
		return true
	}
	p.refuse(c, m,
		fmt.Sprintf("Invalid/unknown command: %s. Use Action: ListCommands to show available commands.", name))
	return true
}

func (c *client) may(cmd command) bool {
	return len(cmd.rights) == 0 || slices.ContainsFunc(cmd.rights, func(right string) bool {
		return allows(c.rights.Write, right)
	})
}

// known reports whether a login would succeed.
func (p *PBX) known(c *client, m wire.Message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.authentic(c, m)
}

func (p *PBX) authentic(c *client, m wire.Message) bool {
	user, ok := p.opts.Users[m.Get("Username")]
	if !ok || p.lies.Refuse {
		return false
	}
	if strings.EqualFold(m.Get("AuthType"), "MD5") {
		digest := md5.Sum([]byte(c.challenge + user.Secret))
		return c.challenge != "" && m.Get("Key") == hex.EncodeToString(digest[:])
	}
	return m.Get("Secret") == user.Secret
}

func (p *PBX) login(c *client, m wire.Message) bool {
	if !p.authentic(c, m) {
		p.refuse(c, m, "Authentication failed")
		return false
	}
	b := appendMessage(nil, p.answer(m, "Success", "Message", "Authentication accepted"), p.eol())
	c.user = m.Get("Username")
	c.rights = p.opts.Users[c.user]
	if events, ok := m.Lookup("Events"); ok {
		c.mask = mask(events)
	}
	if c.receives("system") {
		booted := NewEvent("FullyBooted", "system", "Uptime", strconv.FormatInt(time.Now().Unix()-p.boot, 10),
			"LastReload", "0", "Status", "Fully Booted")
		b = appendMessage(b, booted.all(), p.eol())
	}
	c.send(slices.Concat(p.lies.Garbage, b, p.lies.Glue))
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
func (p *PBX) answer(m wire.Message, response string, pairs ...string) []wire.Field {
	fields := []wire.Field{{Key: "Response", Value: response}}
	if id := m.ActionID(); id != "" {
		fields = append(fields, wire.Field{Key: "ActionID", Value: id})
	}
	return append(fields, NewEvent("", "", pairs...).Fields...)
}

func (p *PBX) reply(c *client, m wire.Message, response string, pairs ...string) {
	c.send(appendMessage(slices.Clone(p.lies.Garbage), p.answer(m, response, pairs...), p.eol()))
}

func (p *PBX) refuse(c *client, m wire.Message, why string) {
	p.reply(c, m, "Error", "Message", why)
}

// list answers with rows, which are events with the ActionID.
func (p *PBX) list(c *client, m wire.Message, message, complete string, rows []Event) {
	id := wire.Field{Key: "ActionID", Value: m.ActionID()}
	b := appendMessage(slices.Clone(p.lies.Garbage), p.answer(m, "Success", "EventList", "start", "Message", message),
		p.eol())
	for _, row := range rows {
		b = appendMessage(b, append(row.all(), id), p.eol())
	}
	count := strconv.Itoa(len(rows) + p.lies.ListItems)
	end := NewEvent(complete, "", "ActionID", m.ActionID(), "EventList", "Complete", "ListItems", count)
	c.send(appendMessage(b, end.all(), p.eol()))
}

func (p *PBX) ping(c *client, m wire.Message) {
	now := time.Now()
	p.reply(c, m, "Success", "Ping", "Pong", "Timestamp", fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000))
}

func (p *PBX) events(c *client, m wire.Message) {
	c.mask = mask(m.Get("EventMask"))
	state := "On"
	if c.mask != nil && len(c.mask) == 0 {
		state = "Off"
	}
	p.reply(c, m, "Success", "Events", state)
}

func (p *PBX) listCommands(c *client, m wire.Message) {
	var pairs []string
	for _, cmd := range commands() {
		if c.may(cmd) {
			rights := "<none>"
			if len(cmd.rights) > 0 {
				rights = strings.Join(cmd.rights, ",") + ",all"
			}
			pairs = append(pairs, cmd.name, fmt.Sprintf("%s (Priv: %s)", cmd.synopsis, rights))
		}
	}
	p.reply(c, m, "Success", pairs...)
}

func (p *PBX) coreSettings(c *client, m wire.Message) {
	p.reply(c, m, "Success", "AMIversion", "11.0.0", "AsteriskVersion", "22.0.0", "SystemName", "")
}

func (p *PBX) userEvent(c *client, m wire.Message) {
	e := NewEvent("UserEvent", "user")
	for k, v := range m.Each() {
		if !strings.EqualFold(k, "Action") {
			e.Fields = append(e.Fields, wire.Field{Key: k, Value: v})
		}
	}
	p.reply(c, m, "Success", "Message", "Event Sent")
	p.emit(e)
}

// entry reads the Family and Key that an action must have.
func (p *PBX) entry(c *client, m wire.Message) (family, key string, ok bool) {
	family, key = m.Get("Family"), m.Get("Key")
	switch {
	case family == "":
		p.refuse(c, m, "No family specified.")
	case key == "":
		p.refuse(c, m, "No key specified.")
	default:
		return family, key, true
	}
	return "", "", false
}

func (p *PBX) dbGet(c *client, m wire.Message) {
	family, key, ok := p.entry(c, m)
	if !ok {
		return
	}
	value, ok := p.db[family][key]
	if !ok {
		p.refuse(c, m, "Database entry not found")
		return
	}
	p.list(c, m, "Result will follow", "DBGetComplete", []Event{
		NewEvent("DBGetResponse", "", "Family", family, "Key", key, "Val", value),
	})
}

func (p *PBX) dbGetTree(c *client, m wire.Message) {
	family := m.Get("Family")
	var rows []Event
	for _, key := range slices.Sorted(maps.Keys(p.db[family])) {
		rows = append(rows, NewEvent("DBGetTreeResponse", "", "Key", "/"+family+"/"+key, "Val", p.db[family][key]))
	}
	if len(rows) == 0 {
		p.refuse(c, m, "Database entry not found")
		return
	}
	p.list(c, m, "Result will follow", "DBGetTreeComplete", rows)
}

func (p *PBX) dbPut(c *client, m wire.Message) {
	if family, key, ok := p.entry(c, m); ok {
		if !p.lies.Forgets {
			p.put(family, key, m.Get("Val"))
		}
		p.reply(c, m, "Success", "Message", "Updated database successfully")
	}
}

func (p *PBX) dbDel(c *client, m wire.Message) {
	family, key, ok := p.entry(c, m)
	if !ok {
		return
	}
	if _, found := p.db[family][key]; !found {
		p.refuse(c, m, "Database entry not found")
		return
	}
	if !p.lies.Forgets {
		delete(p.db[family], key)
	}
	p.reply(c, m, "Success", "Message", "Key deleted successfully")
}

func (p *PBX) dbDelTree(c *client, m wire.Message) {
	family := m.Get("Family")
	if len(p.db[family]) == 0 {
		p.refuse(c, m, "Database entry not found")
		return
	}
	if key := m.Get("Key"); key != "" {
		delete(p.db[family], key)
	} else {
		delete(p.db, family)
	}
	p.reply(c, m, "Success", "Message", "Key tree deleted successfully")
}

func (p *PBX) status(c *client, m wire.Message) {
	var rows []Event
	for _, id := range p.order {
		if row := p.live[id]; m.Get("Channel") == "" || m.Get("Channel") == row.Name {
			rows = append(rows, row.status())
		}
	}
	if len(rows) == 0 && m.Get("Channel") != "" {
		p.refuse(c, m, "No such channel")
		return
	}
	p.list(c, m, "Channel status will follow", "StatusComplete", rows)
}
