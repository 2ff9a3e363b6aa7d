package compile

import (
	"crypto/tls"
	"slices"

	"traybell/hub/certificate"
	"traybell/hub/config"
	"traybell/hub/mobile"
	"traybell/hub/pbx"
	"traybell/hub/queueing"
)

// needed is what hub.yml needs in the dialplan of a PBX.
func needed(p Parts, id string) (list []pbx.Extension) {
	if slices.Contains(p.Announcements.PBXs, id) {
		list = append(list, p.Announcements.Dialplan...)
	}
	if len(p.Mobile.Listed) > 0 && slices.ContainsFunc(p.Queues, func(q queueing.Queue) bool { return q.PBX == id }) {
		list = append(list, mobile.Dialplan())
	}
	return list
}

// pbxConfig is a PBX's connection. The only error is a bad ca file.
func pbxConfig(p config.PBX, queues []queueing.Queue, classes []string) (pbx.Config, error) {
	var c pbx.Config
	c.Classes = classes
	for _, q := range queues {
		if q.PBX == p.ID {
			c.Queues = append(c.Queues, q.Name)
		}
	}
	c.Name, c.Address, c.Username, c.Password, c.MD5 = p.ID, p.Address, p.Username, p.Password.Reveal(), p.MD5
	if !p.TLS {
		return c, nil
	}
	c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if p.CA == "" {
		return c, nil
	}
	var err error
	c.TLS.RootCAs, err = certificate.Authorities(p.CA)
	return c, err
}
