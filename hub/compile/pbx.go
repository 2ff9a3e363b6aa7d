package compile

import (
	"crypto/tls"

	"traybell/hub/certificate"
	"traybell/hub/config"
	"traybell/hub/pbx"
	"traybell/hub/queueing"
)

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
