package settings

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"traybell/shared/protocol"
)

// Problem is what is wrong with one field, as a key of the translations with its places.
type Problem struct {
	Key    string
	Places map[string]any
}

func problem(key string) *Problem { return &Problem{Key: key} }

// The bounds of what can be set. Delays are milliseconds.
const (
	MaxFade  = 10_000
	MaxShow  = 3_600_000
	MinScale = 0.5
	MaxScale = 3
)

// CheckServer reads the hub's name or address. What people paste is understood: "hub:11010" and
// "https://hub:11010/" name a port too, which is 0 where there is none.
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

// CheckPort reads a TCP port; an empty text is the default one.
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

// CheckExtension reads the agent's extension, or login: no blanks inside, not too long for the
// protocol.
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

// CheckDelay reads a delay in milliseconds up to most.
func CheckDelay(text string, most int) (int, *Problem) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 || n > most {
		return 0, &Problem{Key: "problem.delay", Places: map[string]any{"Most": most}}
	}
	return n, nil
}

// CheckScale reads a scale in percent; an empty text follows the system and is 0.
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

// CheckWebPath reads the help desk's address; it may be empty.
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
