; The setup program of the desktop for Windows, built on Linux by packaging/windows/setup.sh:
;   makensis -DVERSION=1.2.3 -DNUMBERS=1.2.3.0 -DPROGRAM=traybell.exe -DOUT=setup.exe traybell.nsi
;
; It installs for this user or, started with administrator's rights, for all users.
;   setup.exe [/S] [/ALLUSERS | /CURRENTUSER] [/HUB=host[:port]] [/FINGERPRINT=AB:CD:…]
;             [/AUTOSTART=1 | /AUTOSTART=0] [/START] [/D=folder]
; /S: no windows. /START: start the program afterwards, too, if it did not run. What is not given stays
; as it was. /D is the last one, without quotes.
; Exit codes: 0 done, 1 stopped, 2 failed, 3 refused: no rights, or installed for all users already.
Unicode true
Target amd64-unicode
RequestExecutionLevel user
SetCompressor /SOLID lzma
ManifestDPIAware true
Name "traybell"
OutFile "${OUT}"
ShowInstDetails nevershow
BrandingText "traybell ${VERSION}"
ShowUninstDetails nevershow
VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "traybell"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "traybell setup"
VIAddVersionKey "LegalCopyright" "the traybell authors"

!ifdef SIGN
  !uninstfinalize '"${SIGN}" "%1"' = 0
!endif

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include x64.nsh

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\traybell"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define SETTINGS "Software\traybell" ; what the program reads: Hub, Fingerprint
!define CLASSES "Software\Classes"

Var all ; 1: for all users
Var hub
Var fingerprint
Var autostart ; 1, 0 or empty: as it was
Var start ; 1: start the program afterwards

!define MUI_ICON "..\..\assets\icons\app.ico"
!define MUI_UNICON "..\..\assets\icons\app.ico"
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION startProgram
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Russian"

LangString forAll ${LANG_ENGLISH} "Install traybell for all users of this computer?$\r$\nNo: only for you."
LangString forAll ${LANG_RUSSIAN} "Установить traybell для всех пользователей компьютера?$\r$\nНет: только для вас."
LangString noRights ${LANG_ENGLISH} "Installing for all users needs administrator's rights. Start the setup with Run as administrator."
LangString noRights ${LANG_RUSSIAN} "Для установки всем пользователям нужны права администратора. Запустите программу установки от имени администратора."
LangString hasAll ${LANG_ENGLISH} "traybell is installed for all users of this computer. Your administrator updates it."
LangString hasAll ${LANG_RUSSIAN} "traybell уже установлен для всех пользователей компьютера. Его обновляет администратор."
LangString noSystem ${LANG_ENGLISH} "traybell needs 64-bit Windows 10 or later."
LangString noSystem ${LANG_RUSSIAN} "Для traybell нужна 64-разрядная Windows 10 или новее."
LangString noFile ${LANG_ENGLISH} "traybell.exe cannot be written. End the program, then try again."
LangString noFile ${LANG_RUSSIAN} "Не удалось записать traybell.exe. Закройте программу и попробуйте снова."
LangString nextStart ${LANG_ENGLISH} "The new version is in use from the next start of traybell."
LangString nextStart ${LANG_RUSSIAN} "Новая версия заработает после перезапуска traybell."

; stop TEXT ends with a code and, with windows, a text.
!macro stop CODE TEXT
  MessageBox MB_OK|MB_ICONSTOP "${TEXT}" /SD IDOK
  SetErrorLevel ${CODE}
  Quit
!macroend

; scope chooses HKLM or HKCU for SHCTX, and the folders.
!macro scope
  SetRegView 64
  ${If} $all == 1
    SetShellVarContext all
  ${Else}
    SetShellVarContext current
  ${EndIf}
!macroend

!macro isAdmin INTO
  UserInfo::GetAccountType
  Pop ${INTO}
!macroend

Function .onInit
  ${IfNot} ${RunningX64}
    !insertmacro stop 3 "$(noSystem)"
  ${EndIf}
  SetRegView 64
  ${GetParameters} $0
  StrCpy $all 0
  !insertmacro isAdmin $1
  ReadRegStr $2 HKLM "${UNINSTALL}" "UninstallString"
  ClearErrors
  ${GetOptions} $0 "/ALLUSERS" $3
  ${IfNot} ${Errors}
    StrCpy $all 1
  ${Else}
    ClearErrors
    ${GetOptions} $0 "/CURRENTUSER" $3
    ${If} ${Errors}
      ${If} $1 == "Admin"
      ${AndIf} $2 != ""
        StrCpy $all 1
      ${ElseIf} $1 == "Admin"
        MessageBox MB_YESNO|MB_ICONQUESTION "$(forAll)" /SD IDNO IDNO +2
        StrCpy $all 1
      ${EndIf}
    ${EndIf}
  ${EndIf}
  ${If} $all == 1
  ${AndIf} $1 != "Admin"
    !insertmacro stop 3 "$(noRights)"
  ${EndIf}
  ${If} $all == 0
  ${AndIf} $2 != ""
    !insertmacro stop 3 "$(hasAll)"
  ${EndIf}
  !insertmacro scope
  ; an earlier folder stays, unless /D names one
  ${If} $INSTDIR == ""
    ReadRegStr $INSTDIR SHCTX "${UNINSTALL}" "InstallLocation"
  ${EndIf}
  ${If} $INSTDIR == ""
    ${If} $all == 1
      StrCpy $INSTDIR "$PROGRAMFILES64\traybell"
    ${Else}
      StrCpy $INSTDIR "$LOCALAPPDATA\Programs\traybell"
    ${EndIf}
  ${EndIf}
  ${GetOptions} $0 "/HUB=" $hub
  ${GetOptions} $0 "/FINGERPRINT=" $fingerprint
  ${GetOptions} $0 "/AUTOSTART=" $autostart
  ClearErrors
  ${GetOptions} $0 "/START" $3
  ${IfNot} ${Errors}
    StrCpy $start 1
  ${EndIf}
FunctionEnd

; freeProgram ends the user's running program, or else moves its file aside, which Windows allows.
!macro freeProgram UN
Function ${UN}freeProgram
  IfFileExists "$INSTDIR\traybell.exe" 0 free
  Delete "$INSTDIR\traybell-old.exe"
  ClearErrors
  FileOpen $0 "$INSTDIR\traybell.exe" a
  ${IfNot} ${Errors}
    FileClose $0
    Goto free
  ${EndIf}
  ExecWait '"$INSTDIR\traybell.exe" --quit' $0
  ${For} $1 1 50
    ClearErrors
    FileOpen $0 "$INSTDIR\traybell.exe" a
    ${IfNot} ${Errors}
      FileClose $0
      StrCpy $start 1
      Goto free
    ${EndIf}
    Sleep 100
  ${Next}
  ClearErrors
  Rename "$INSTDIR\traybell.exe" "$INSTDIR\traybell-old.exe"
  ${If} ${Errors}
    !insertmacro stop 2 "$(noFile)"
  ${EndIf}
  Delete /REBOOTOK "$INSTDIR\traybell-old.exe"
  MessageBox MB_OK|MB_ICONINFORMATION "$(nextStart)" /SD IDOK
free:
FunctionEnd
!macroend
!insertmacro freeProgram ""
!insertmacro freeProgram "un."

; The program runs as the user, also after a setup with administrator's rights.
Function startProgram
  ${If} $all == 1
    Exec '"$WINDIR\explorer.exe" "$INSTDIR\traybell.exe"'
  ${Else}
    Exec '"$INSTDIR\traybell.exe"'
  ${EndIf}
FunctionEnd

; scheme registers the program for links that no other program opens.
!macro scheme NAME
  ReadRegStr $0 SHCTX "${CLASSES}\${NAME}\shell\open\command" ""
  ReadRegStr $1 SHCTX "${SETTINGS}\Schemes" "${NAME}"
  ${If} $0 == ""
  ${OrIf} $0 == $1
    WriteRegStr SHCTX "${CLASSES}\${NAME}" "" "URL:${NAME}"
    WriteRegStr SHCTX "${CLASSES}\${NAME}" "URL Protocol" ""
    WriteRegStr SHCTX "${CLASSES}\${NAME}\shell\open\command" "" '"$INSTDIR\traybell.exe" -- "%1"'
    WriteRegStr SHCTX "${SETTINGS}\Schemes" "${NAME}" '"$INSTDIR\traybell.exe" -- "%1"'
  ${EndIf}
  WriteRegStr SHCTX "${SETTINGS}\Capabilities\URLAssociations" "${NAME}" "Traybell.Link"
!macroend

!macro unscheme NAME
  ReadRegStr $0 SHCTX "${CLASSES}\${NAME}\shell\open\command" ""
  ${If} $0 == '"$INSTDIR\traybell.exe" -- "%1"'
    DeleteRegKey SHCTX "${CLASSES}\${NAME}"
  ${EndIf}
!macroend

Section
  !insertmacro scope
  SetOutPath "$INSTDIR"
  Call freeProgram
  ClearErrors
  File "/oname=traybell.exe" "${PROGRAM}"
  ${If} ${Errors}
    !insertmacro stop 2 "$(noFile)"
  ${EndIf}
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\traybell.lnk" "$INSTDIR\traybell.exe"

  WriteRegStr SHCTX "${CLASSES}\Traybell.Link" "" "URL:traybell"
  WriteRegStr SHCTX "${CLASSES}\Traybell.Link" "URL Protocol" ""
  WriteRegStr SHCTX "${CLASSES}\Traybell.Link\DefaultIcon" "" '"$INSTDIR\traybell.exe",0'
  WriteRegStr SHCTX "${CLASSES}\Traybell.Link\shell\open\command" "" '"$INSTDIR\traybell.exe" -- "%1"'
  WriteRegStr SHCTX "${SETTINGS}\Capabilities" "ApplicationName" "traybell"
  WriteRegStr SHCTX "${SETTINGS}\Capabilities" "ApplicationDescription" "Shows who is calling and creates tickets."
  WriteRegStr SHCTX "Software\RegisteredApplications" "traybell" "${SETTINGS}\Capabilities"
  !insertmacro scheme "traybell"
  !insertmacro scheme "tel"
  !insertmacro scheme "callto"

  ${If} $hub != ""
    WriteRegStr SHCTX "${SETTINGS}" "Hub" "$hub"
  ${EndIf}
  ${If} $fingerprint != ""
    WriteRegStr SHCTX "${SETTINGS}" "Fingerprint" "$fingerprint"
  ${EndIf}
  ${If} $autostart == "1"
    WriteRegStr SHCTX "${RUN}" "traybell" '"$INSTDIR\traybell.exe"'
  ${ElseIf} $autostart == "0"
    DeleteRegValue SHCTX "${RUN}" "traybell"
  ${EndIf}

  WriteRegStr SHCTX "${UNINSTALL}" "DisplayName" "traybell"
  WriteRegStr SHCTX "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL}" "DisplayIcon" "$INSTDIR\traybell.exe"
  WriteRegStr SHCTX "${UNINSTALL}" "Publisher" "traybell"
  WriteRegStr SHCTX "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr SHCTX "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD SHCTX "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD SHCTX "${UNINSTALL}" "EstimatedSize" $0

  ${If} ${Silent}
  ${AndIf} $start == 1
    Call startProgram
  ${EndIf}
SectionEnd

Function un.onInit
  SetRegView 64
  StrCpy $all 0
  ReadRegStr $0 HKLM "${UNINSTALL}" "InstallLocation"
  ${If} $0 == $INSTDIR
    StrCpy $all 1
    !insertmacro isAdmin $1
    ${If} $1 != "Admin"
      !insertmacro stop 3 "$(noRights)"
    ${EndIf}
  ${EndIf}
  !insertmacro scope
FunctionEnd

; The agents' settings stay.
Section Uninstall
  !insertmacro scope
  Call un.freeProgram
  !insertmacro unscheme "traybell"
  !insertmacro unscheme "tel"
  !insertmacro unscheme "callto"
  DeleteRegKey SHCTX "${CLASSES}\Traybell.Link"
  DeleteRegValue SHCTX "Software\RegisteredApplications" "traybell"
  DeleteRegKey SHCTX "${SETTINGS}"
  DeleteRegValue SHCTX "${RUN}" "traybell"
  DeleteRegKey SHCTX "${UNINSTALL}"
  Delete "$SMPROGRAMS\traybell.lnk"
  Delete "$INSTDIR\traybell.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
SectionEnd
