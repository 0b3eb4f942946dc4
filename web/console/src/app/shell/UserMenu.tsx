import Avatar from "@mui/material/Avatar"
import Box from "@mui/material/Box"
import Divider from "@mui/material/Divider"
import IconButton from "@mui/material/IconButton"
import ListItemIcon from "@mui/material/ListItemIcon"
import Menu from "@mui/material/Menu"
import MenuItem from "@mui/material/MenuItem"
import { useColorScheme } from "@mui/material/styles"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import { useNavigate } from "@tanstack/react-router"
import {
  BookOpen,
  Check,
  Download,
  Keyboard,
  LogOut,
  Monitor,
  MonitorSmartphone,
  Moon,
  Sun,
  UserRound,
} from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useSession } from "~/auth/session"
import { signOut } from "~/features/identity/sessions/actions"
import { changeLanguage, languages } from "~/i18n"
import { basePath } from "~/server"
import { openShortcuts } from "../palette/state"

const modes = [
  { id: "light", icon: Sun },
  { id: "dark", icon: Moon },
  { id: "system", icon: Monitor },
] as const

/** Account, look, language and the way out. */
export function UserMenu() {
  const { t, i18n } = useTranslation("shell")
  const session = useSession()
  const navigate = useNavigate()
  const { mode, setMode } = useColorScheme()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const close = () => setAnchor(null)
  const name = session?.user.name || session?.user.email || ""
  return (
    <>
      <Tooltip title={t("user_menu")}>
        <IconButton
          size="small"
          aria-label={t("user_menu")}
          aria-haspopup="menu"
          aria-expanded={anchor !== null}
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <Avatar
            sx={{
              width: 30,
              height: 30,
              fontSize: "0.8125rem",
              fontWeight: 650,
              bgcolor: "ledger.accentSoft",
              color: "primary.main",
            }}
          >
            {[...name][0]?.toUpperCase() ?? <UserRound size={16} />}
          </Avatar>
        </IconButton>
      </Tooltip>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={close}
        slotProps={{ paper: { sx: { minWidth: 230 } } }}
      >
        <Box component="li" role="none" sx={{ px: 2, py: 1 }}>
          <Typography variant="body2" sx={{ fontWeight: 600 }} noWrap>
            {name}
          </Typography>
          <Typography variant="caption" color="textSecondary" noWrap component="p">
            {session?.organization.name}
          </Typography>
        </Box>
        <Divider />
        <MenuItem
          onClick={() => {
            close()
            void navigate({ to: "/account" })
          }}
        >
          <ListItemIcon>
            <UserRound size={17} />
          </ListItemIcon>
          {t("account")}
        </MenuItem>
        <MenuItem
          onClick={() => {
            close()
            void navigate({ to: "/sessions" })
          }}
        >
          <ListItemIcon>
            <MonitorSmartphone size={17} />
          </ListItemIcon>
          {t("my_sessions")}
        </MenuItem>
        <MenuItem component="a" href={`${basePath}api/v1/session/personal-data`} download onClick={close}>
          <ListItemIcon>
            <Download size={17} />
          </ListItemIcon>
          {t("my_data")}
        </MenuItem>
        <Divider />
        {modes.map(({ id, icon: Icon }) => (
          <MenuItem key={id} role="menuitemradio" aria-checked={mode === id} onClick={() => setMode(id)}>
            <ListItemIcon>
              <Icon size={17} />
            </ListItemIcon>
            <Box sx={{ flex: 1 }}>{t(`theme.${id}`)}</Box>
            {mode === id && <Check size={16} aria-hidden />}
          </MenuItem>
        ))}
        <Divider />
        {languages.map((language) => (
          <MenuItem
            key={language.id}
            lang={language.id}
            role="menuitemradio"
            aria-checked={i18n.language === language.id}
            onClick={() => void changeLanguage(language.id)}
          >
            <ListItemIcon />
            <Box sx={{ flex: 1 }}>{language.name}</Box>
            {i18n.language === language.id && <Check size={16} aria-hidden />}
          </MenuItem>
        ))}
        <Divider />
        <MenuItem
          onClick={() => {
            close()
            openShortcuts()
          }}
        >
          <ListItemIcon>
            <Keyboard size={17} />
          </ListItemIcon>
          {t("shortcuts.title")}
        </MenuItem>
        <MenuItem component="a" href={`${basePath}docs`} target="_blank" rel="noreferrer" onClick={close}>
          <ListItemIcon>
            <BookOpen size={17} />
          </ListItemIcon>
          {t("api_docs")}
        </MenuItem>
        <MenuItem
          onClick={() => {
            close()
            void signOut((to) => void navigate({ to }))
          }}
        >
          <ListItemIcon>
            <LogOut size={17} />
          </ListItemIcon>
          {t("sign_out")}
        </MenuItem>
      </Menu>
    </>
  )
}
