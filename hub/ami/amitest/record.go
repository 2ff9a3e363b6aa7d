package amitest

// Record begins to record the channel of a call's caller, or ends that.
func Record(c *Call, on bool) {
	c.step(func() {
		name := "MixMonitorStop"
		if on {
			name = "MixMonitorStart"
		}
		if c.p.steered.recorded == nil {
			c.p.steered.recorded = map[string]bool{}
		}
		c.p.steered.recorded[c.from.Uniqueid] = on
		c.p.emit(c.from.about(name))
	})
}

// muteRecording pauses a recording, or goes on.
func (s steering) muteRecording() {
	ch := s.channel()
	if ch == nil {
		return
	}
	if !s.pbx.steered.recorded[ch.Uniqueid] {
		s.refuse("Cannot set mute flag")
		return
	}
	s.reply("Success")
	s.pbx.emit(with((&leg{snapshot: ch.snapshot}).about("MixMonitorMute"),
		"Direction", s.message.Get("Direction"), "State", s.message.Get("State")))
}
