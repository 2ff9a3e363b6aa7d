// Package docs has the documents that the hub shows.
package docs

import _ "embed"

// AgentGuide is the guide for agents, in Markdown.
//
//go:embed agent-guide.md
var AgentGuide []byte
