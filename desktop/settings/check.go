package settings

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"traybell/shared/protocol"
)

// Problem is a problem with a field: a key of the translations and the values of its placeholders.
type Problem struct {
	Key    string
	Places map[string]any
}

func problem(key string) *Problem { return &Problem{Key: key} }

// Limits of settings. Delays are in milliseconds.
const (
	MaxFade  = 10_000
	MaxShow  = 3_600_000
	MinScale = 0.5
	MaxScale = 3
)

// CheckServer parses the hub's name or address. Pasted forms such as "hub:11010" and
// "https://hub:11010/" are accepted; port is 0 if the text has none.
func CheckServer(text string) (host string, port int, wrong *Problem) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", 0, problem("problem.server_missing")
	}
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		switch strings.ToLower(scheme) {
		case "http", "https", "ws", "wss":
			text, _, _ = strings.Cut(rest, "/")
		default:
			return "", 0, problem("problem.server_invalid")
		}
	}
	host = text
	if ip := net.ParseIP(strings.Trim(text, "[]")); ip != nil {
		return ip.String(), 0, nil
	}
	if h, p, err := net.SplitHostPort(text); err == nil {
		var wrong *Problem
		if port, wrong = CheckPort(p); wrong != nil {
			return "", 0, wrong
		}
		host = h
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.String(), port, nil
	}
	for _, label := range strings.Split(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.ContainsFunc(label, notInName) {
			return "", 0, problem("problem.server_invalid")
		}
	}
	if len(host) > 253 {
		return "", 0, problem("problem.server_invalid")
	}
	return host, port, nil
}

func notInName(r rune) bool {
	return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// CheckPort parses a TCP port. An empty text is the default port.
func CheckPort(text string) (int, *Problem) {
	text = strings.TrimSpace(text)
	if text == "" {
		return DefaultPort, nil
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return 0, problem("problem.port")
	}
	return port, nil
}

// CheckExtension parses the agent's extension or login: no spaces, at most protocol.MaxID bytes.
func CheckExtension(text string) (string, *Problem) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", problem("problem.extension_missing")
	case len(text) > protocol.MaxID || strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}):
		return "", problem("problem.extension_invalid")
	}
	return text, nil
}

// CheckDelay parses a delay of up to most milliseconds.
func CheckDelay(text string, most int) (int, *Problem) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 || n > most {
		return 0, &Problem{Key: "problem.delay", Places: map[string]any{"Most": most}}
	}
	return n, nil
}

// CheckScale parses a scale in percent. An empty text is 0, the system's scale.
func CheckScale(text string) (float32, *Problem) {
	text = strings.TrimSuffix(strings.TrimSpace(text), "%")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < MinScale*100 || n > MaxScale*100 {
		return 0, &Problem{
			Key: "problem.scale", Places: map[string]any{"Least": int(MinScale * 100), "Most": int(MaxScale * 100)},
		}
	}
	return float32(n) / 100, nil
}

// CheckWebPath parses the help desk's address, which may be empty.
func CheckWebPath(text string) (string, *Problem) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", problem("problem.web_path")
	}
	return text, nil
}
