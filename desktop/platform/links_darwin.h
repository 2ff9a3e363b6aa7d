// What links_darwin.m offers to links_darwin.go.
#include <stdbool.h>

// tbHearURLs has tbOpenURL called with each address that the system hands over. To be called on the main thread before AppKit's loop begins: the address that the
// program was started for comes as the loop begins.
void tbHearURLs(void);
// tbOpens tells whether this program's bundle opens addresses of a scheme.
bool tbOpens(const char *scheme);
// tbSetOpens makes it the one that does. It returns 0, or LaunchServices' OSStatus; -1 where the program is no bundle.
int tbSetOpens(const char *scheme);
