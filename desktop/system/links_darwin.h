// Functions of links_darwin.m for links_darwin.go.
#include <stdbool.h>

// tbHandleURLs calls tbOpenURL with each URL from the system. Call it on the main thread before
// AppKit's loop starts: the URL of the start arrives then.
void tbHandleURLs(void);
// tbOpens reports whether this program's bundle opens URLs of a scheme.
bool tbOpens(const char *scheme);
// tbSetOpens makes the bundle the handler of a scheme. It returns 0 or LaunchServices' OSStatus,
// or -1 without a bundle.
int tbSetOpens(const char *scheme);
