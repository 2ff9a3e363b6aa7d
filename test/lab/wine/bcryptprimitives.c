// bcryptprimitives.dll as Go's runtime needs it, for a Wine that does not have it yet (before 8.13): random bytes, by a function that every Wine has.
// It is laid beside a program that is tried under Wine and is no part of what is delivered.
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID to, ULONG length); // RtlGenRandom, of advapi32.dll

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T length)
{
	while (length > 0) {
		ULONG part = length > 0x10000 ? 0x10000 : (ULONG)length;
		if (!SystemFunction036(to, part))
			return FALSE;
		to += part;
		length -= part;
	}
	return TRUE;
}
